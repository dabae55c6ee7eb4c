#!/usr/bin/env python3
"""Tests of tests/run.py: does it see each way in which a test can fail? And of
tests/lib/rows.py: are the rows, their tests and the page about them in step?"""

import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
import rows  # noqa: E402
import tap  # noqa: E402

folder = tempfile.TemporaryDirectory()


def run(*scripts, options=()):
    """(status, lines) of the runner over these shell scripts."""
    paths = []
    for number, script in enumerate(scripts):
        paths.append(f"{folder.name}/script{number}")
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(paths[-1], 0o755)
    done = subprocess.run([TESTS + "/run.py", *options, "--host", *paths],
                          stdout=subprocess.PIPE)
    return done.returncode, done.stdout.decode().splitlines()


def judge(*scripts):
    """The status and the last line."""
    status, lines = run(*scripts)
    return status, lines[-1]


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


def cover(script, only=""):
    """(status, last lines) with a table of three rows, one left out."""
    table = folder.name + "/rows"
    with open(table, "w", encoding="utf-8") as file:
        file.write("# a comment\n\n## A. Some\n\nA-01 | one | is there\n"
                   "A-02 | two | left out: for a reason\n"
                   "## P. Others\nP3 | three | is there, too\n")
    status, lines = run(script, options=("--only", only, "--rows", table))
    return status, [line for line in lines if not line.startswith("ok")]


def test_rows_with_a_test_each_pass():
    assert cover("echo 1..1; echo ok 1 - A-01 P3 a") == (
        0, ["rows: 2 of 2 have a passing test", "1 passed, 0 failed, 0 skipped"])


def test_row_without_a_test_fails():
    assert cover("echo 1..1; echo ok 1 - A-01 a") == (
        1, ["no passing test: P3 three", "rows: 1 of 2 have a passing test",
            "1 passed, 1 failed, 0 skipped"])


def test_row_is_not_proved_by_skipping_or_failing():
    status, lines = cover("echo 1..2; echo 'ok 1 - A-01 a # SKIP why';"
                          "echo 'not ok 2 - P3 b'")
    assert status == 1, lines
    assert lines[-2:] == ["rows: 0 of 2 have a passing test",
                          "0 passed, 3 failed, 1 skipped"], lines


def test_rows_do_not_count_when_one_test_is_chosen():
    assert cover("echo 1..1; echo ok 1 - a", only="script0") == (
        0, ["1 passed, 0 failed, 0 skipped"])


def test_names_that_begin_with_rows():
    for name, ids in (("A-01 text", [("A", 1)]),
                      ("S-18 text", [("S", 18)]), ("S18 text", [("S", 18)]),
                      ("P3 E-09 text", [("P", 3), ("E", 9)]),
                      ("P03, E-9: text", [("P", 3), ("E", 9)]),
                      ("test_A_38_B_05_text", [("A", 38), ("B", 5)]),
                      ("A 38 text", [("A", 38)]),
                      ("R-20-spawn-park-join", [("R", 20)]),
                      ("T06", [("T", 6)]),
                      ("text of A-01", []), ("A-01x text", []),
                      ("SA_RESTART text", []), ("test_a_1_text", [])):
        assert rows.ids_of(name) == ids, (name, rows.ids_of(name))


def test_every_test_names_rows_that_there_are():
    table = rows.read_table()
    strangers = {row_key: tests for row_key, tests in rows.find_tests().items()
                 if row_key not in table}
    assert not strangers, strangers


def test_page_of_rows_is_up_to_date():
    made = subprocess.run([TESTS + "/../tools/row-doc"], check=True,
                          stdout=subprocess.PIPE).stdout
    with open(TESTS + "/../docs/lwp.md", "rb") as file:
        assert file.read() == made, "run make and commit the page"


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
