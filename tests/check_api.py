#!/usr/bin/env python3
"""The comments in the headers of liblwp and librtthread, which docs/api.md shows.

Each declaration has one; each function's says what it counts in, how it fails
and whether it waits. tools/api-doc is the judge, and is tried on a header that
leaves all of that out.
"""

import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
API_DOC = os.path.join(TESTS, "../tools/api-doc")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

GOOD = """\
/* good.h - a header as it should be.  No function here sleeps. */
#pragma once

/* A ball. */
struct ball {
    int colour;

    int weight;
};

/* Throws it `time` ms from now; -RT_EINVAL if there is none. */
rt_err_t ball_throw(struct ball *b, int time);

/* The same backwards. */
rt_err_t ball_throw_back(struct ball *b, int time);

/* --- colours: none of these functions fails --- */

/* Mixes two. */
int ball_red(int (*mix)(int, int));

/* A shade of it. */
static inline int ball_blue(void)
{
    return 1;
}
"""
# What to take away from GOOD, and the complaint that must follow.
SPOILT = (
    ("/* A ball. */\n", "struct ball { has no comment"),
    ("/* A shade of it. */\n",
     "static inline int ball_blue(void) has no comment"),
    ("; -RT_EINVAL if there is none", "ball_throw does not say how it fails"),
    ("; -RT_EINVAL if there is none",
     "ball_throw_back does not say how it fails"),
    ("The same", "ball_throw_back does not say how it fails"),
    ("  No function here sleeps.", "ball_red does not say whether it waits"),
    (" `time` ms from now",
     "ball_throw does not say what its time is counted in"),
    (": none of these functions fails", "ball_red does not say how it fails"),
    (": none of these functions fails", "ball_blue does not say how it fails"),
)


def complaints(*folder):
    """Lines that tools/api-doc --check prints."""
    done = subprocess.run([API_DOC, "--check", *folder], capture_output=True,
                          text=True)
    assert done.returncode == (1 if done.stdout else 0), done
    return done.stdout.splitlines()


def complaints_about(text):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/good.h", "w", encoding="utf-8") as file:
            file.write(text)
        return complaints(folder)


def test_K_13_every_public_declaration_says_units_errors_and_blocking():
    assert not complaints(), "\n".join(complaints())


def test_a_header_that_leaves_something_unsaid_is_found_out():
    assert not complaints_about(GOOD), complaints_about(GOOD)
    for words, complaint in SPOILT:
        assert words in GOOD, words
        found = complaints_about(GOOD.replace(words, ""))
        assert any(line.endswith(complaint) for line in found), \
            (words, found)


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
