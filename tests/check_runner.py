#!/usr/bin/env python3
"""Tests of tests/run.py: does it see each way in which a test can fail?"""

import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

folder = tempfile.TemporaryDirectory()


def judge(*scripts):
    """(status, last line) of the runner over these shell scripts."""
    paths = []
    for number, script in enumerate(scripts):
        paths.append(f"{folder.name}/script{number}")
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(paths[-1], 0o755)
    done = subprocess.run([TESTS + "/run.py", "--host", *paths],
                          stdout=subprocess.PIPE)
    return done.returncode, done.stdout.decode().splitlines()[-1]


def expect(script, status, passed, failed, skipped=0):
    found = judge(script)
    assert found == (status, f"{passed} passed, {failed} failed, "
                             f"{skipped} skipped"), (script, found)


def test_good_run_passes():
    expect("echo 1..2; echo ok 1 - a; echo ok 2 - b", 0, 2, 0)


def test_what_passes_when_alone_passes():
    mark = folder.name + "/mark"
    expect(f"echo 1..1; test -e {mark} && echo ok 1 - a || "
           f"{{ touch {mark}; echo not ok 1 - a; }}", 0, 1, 0)


def test_bailing_out_is_not_forgiven():
    mark = folder.name + "/panicked"
    expect(f"echo 1..1; test -e {mark} && echo ok 1 - a || "
           f"{{ touch {mark}; echo 'not ok 1 - a'; echo 'Bail out! panic'; }}",
           1, 0, 1)


def test_failed_point_fails():
    expect("echo 1..2; echo ok 1 - a; echo not ok 2 - b", 1, 1, 1)


def test_skipped_point_is_counted_apart():
    expect("echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no b'", 0, 1, 0, 1)


def test_missing_points_fail():
    expect("echo 1..3; echo ok 1 - a", 1, 1, 1)


def test_surplus_points_fail():
    expect("echo 1..1; echo ok 1 - a; echo ok 2 - b", 1, 2, 1)


def test_missing_plan_fails():
    expect("echo ok 1 - a", 1, 1, 1)


def test_bad_status_fails_though_all_points_passed():
    expect("echo 1..1; echo ok 1 - a; exit 3", 1, 1, 1)
    expect("echo 1..1; echo ok 1 - a; kill -9 $$", 1, 1, 1)


def test_silence_fails():
    expect("true", 1, 0, 1)


def test_bailing_out_fails():
    expect("echo 1..1; echo ok 1 - a; echo 'Bail out! no disk'", 1, 1, 1)


def test_sums_are_over_all_programs():
    assert judge("echo 1..1; echo ok 1 - a", "echo 1..1; echo not ok 1 - a",
                 "echo '1..1'; echo 'ok 1 # SKIP why'") == (
        1, "1 passed, 1 failed, 1 skipped")


def test_unknown_name_is_an_error():
    done = subprocess.run([TESTS + "/run.py", "--only", "nothing", "--host",
                           "/bin/true"], stdout=subprocess.DEVNULL)
    assert done.returncode == 2, done


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
