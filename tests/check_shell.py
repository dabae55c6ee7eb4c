#!/usr/bin/env python3
"""The shell: its cases run inside Larch (tests/sh), and sessions at the console.

A session types on a pseudo-terminal that tools/qemu runs on, as a student does.
"""

import os
import re
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import session  # noqa: E402
import tap  # noqa: E402

UP, DOWN, RIGHT, LEFT = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D"
HOME, END, DELETE = b"\x1b[H", b"\x1b[F", b"\x1b[3~"
ERASE = b"\x7f"
KEY_A = b"\x01\x01"              # the first one is QEMU's escape key


def ctrl(letter):
    return bytes([ord(letter) & 31])


_shared = None


def start_sleeping(shell, line=b"sleep 1000"):
    """Types it; gives it the time to become the terminal's foreground job."""
    shell.type(line + b"\r")
    shell.expect(re.escape(line) + rb"\r*\n")
    time.sleep(0.5)


def at_prompt():
    """One session for all tests that leave it as they found it."""
    global _shared
    if not _shared:
        _shared = session.Session()
        _shared.prompt()
    return _shared


def expect_keys(keys, output):
    got = at_prompt().run(keys)
    assert got == output, (keys, got)


def test_S36_cases_inside_larch():
    done = subprocess.run(
        [RUN, "--timeout", "300", "--cpus", "2",
         "--add", os.path.join(TESTS, "sh") + ":/tests",
         "--", "sh", "/tests/run", "/bin/sh"],
        capture_output=True, stdin=subprocess.DEVNULL)
    count = len(re.findall(rb"^ok ", done.stdout, re.M))
    assert done.returncode == 0 and count > 100, done.stdout.decode()[-3000:]


def test_T02_a_command_and_its_output():
    expect_keys(b"echo one; echo two", b"one\ntwo\n")
    expect_keys(b"", b"")
    expect_keys(b"no_such_command; echo $?",
                b"sh: no_such_command: not found\n127\n")


def test_T02_editing_keys():
    expect_keys(b"echo abX" + ERASE + b"c", b"abc\n")
    expect_keys(b"cho abc" + KEY_A + b"e", b"abc\n")
    expect_keys(b"cho abc" + HOME + b"e" + END + b"d", b"abcd\n")
    expect_keys(b"echo ac" + LEFT + b"b", b"abc\n")
    expect_keys(b"echo ac" + LEFT + LEFT + RIGHT + b"b" + ctrl("e") + b"d",
                b"abcd\n")
    expect_keys(b"rm -rf /" + ctrl("u") + b"echo abc", b"abc\n")
    expect_keys(b"echo abc def" + ctrl("w") + b"ghi", b"abc ghi\n")
    expect_keys(b"echo abcdef" + LEFT * 3 + ctrl("k"), b"abc\n")
    expect_keys(b"echo aXbc" + LEFT * 3 + DELETE, b"abc\n")


def test_history():
    expect_keys(b"echo first", b"first\n")
    expect_keys(b"echo second", b"second\n")
    expect_keys(UP, b"second\n")
    expect_keys(UP + UP, b"first\n")
    expect_keys(UP + UP + UP + DOWN + ERASE * 6 + b"third", b"third\n")


def test_tab_completes_commands_and_files():
    expect_keys(b"mkdir /tmp/tab; echo x > /tmp/tab/file_of_long_name", b"")
    expect_keys(b"cat /tmp/tab/fi\t", b"x\n")
    expect_keys(b"basena\t/a/b", b"b\n")
    expect_keys(b"cd /tmp/ta\t; pwd; cd", b"/tmp/tab\n")
    expect_keys(b"rm -r /tmp/tab", b"")


def test_ctrl_c_drops_a_line_and_ends_a_command():
    shell = at_prompt()
    shell.type(b"echo never" + ctrl("c"))
    shell.prompt()
    start_sleeping(shell)
    shell.type(ctrl("c"))
    shell.prompt()
    expect_keys(b"echo $?", b"130\n")
    start_sleeping(shell, b"while true; do sleep 1; done")
    shell.type(ctrl("c"))
    shell.prompt()
    start_sleeping(shell, b"sleep 1000 | cat | cat")
    shell.type(ctrl("c"))
    shell.prompt()
    assert b"sleep" not in shell.run(b"ps"), shell.output[-500:]


def test_F_12_ctrl_z_jobs_fg_bg():
    shell = at_prompt()
    start_sleeping(shell)
    shell.type(ctrl("z"))
    shell.prompt()
    assert re.search(rb"(?i)stopped.*sleep 1000", shell.run(b"jobs"))
    shell.run(b"bg")
    assert re.search(rb"(?i)running.*sleep 1000", shell.run(b"jobs"))
    shell.type(b"fg\r")
    shell.expect(rb"sleep 1000")
    shell.type(ctrl("c"))
    shell.prompt()
    expect_keys(b"jobs", b"")


def test_F_12_a_stopped_job_that_kill_continues_runs():
    shell = at_prompt()
    start_sleeping(shell)
    shell.type(ctrl("z"))
    shell.prompt()
    shell.run(b"kill -CONT %1")
    assert re.search(rb"(?i)running.*sleep 1000", shell.run(b"jobs"))
    shell.run(b"kill %1; wait")


def test_F_12_wait_for_a_stopped_job_that_kill_ends():
    shell = at_prompt()
    for option, status in ((b"", b"143\n"), (b"-9 ", b"137\n")):
        start_sleeping(shell)
        shell.type(ctrl("z"))
        shell.prompt()
        assert status in shell.run(b"kill " + option + b"%1; wait %1; echo $?")


def test_A_09_ctrl_c_spares_background_jobs():
    shell = at_prompt()
    shell.run(b"sleep 1000 &")
    start_sleeping(shell, b"sleep 1001")
    shell.type(ctrl("c"))
    shell.prompt()
    running = shell.run(b"ps")
    assert b"sleep 1000" in running and b"sleep 1001" not in running, running
    shell.run(b"kill %1; wait")


def test_ctrl_d_ends_input():
    shell = at_prompt()
    shell.type(b"cat | wc -l\r")
    shell.expect(rb"wc -l\r*\n")
    shell.type(b"one\rtwo\r" + ctrl("d"))
    assert re.search(rb"\b2\n", shell.result()), shell.output[-300:]


def test_A_09_background_jobs_run_beside():
    shell = at_prompt()
    shell.run(b"sleep 1000 &")
    expect_keys(b"echo here", b"here\n")
    shell.run(b"kill %1")
    shell.run(b"wait")
    assert b"sleep" not in shell.run(b"ps")


def test_orphans_are_reaped():
    shell = at_prompt()
    shell.run(b"for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.1 & sleep 0.1 &) done")
    shell.run(b"sleep 0.5")
    listing = shell.run(b"ps")
    assert b"sleep" not in listing and b" Z " not in listing, listing


def test_the_shell_starts_again_when_it_exits():
    shell = at_prompt()
    first = shell.run(b"echo $$")
    shell.type(b"exit\r")
    shell.expect(rb"exit\r*\n")
    shell.prompt()
    second = shell.run(b"echo $$")
    assert first != second, (first, second)
    shell.type(ctrl("d"))
    shell.expect(rb"Welcome")
    shell.prompt()
    assert shell.run(b"echo $$") != second


def test_T01_the_shell_starts_again_when_it_is_killed():
    for cpus in (1, 2, 4):
        shell = session.Session(cpus)
        try:
            shell.prompt()
            for _ in range(10):
                shell.type(b"kill -9 $$\r")
                shell.expect(rb"\$\$\r*\n")
                shell.prompt()
            assert shell.run(b"echo back") == b"back\n", shell.output[-300:]
        finally:
            shell.close()


def test_B_01_killing_the_first_process_does_nothing():
    shell = at_prompt()
    shell.run(b"kill -9 1; kill -STOP 1; kill -SEGV 1")
    shell.type(b"exit\r")
    shell.expect(rb"exit\r*\n")
    shell.prompt()              # it still starts shells
    assert re.search(rb"\b1 +0 S", shell.run(b"ps"))


def test_B_33_poweroff_ends_qemu_with_0():
    shell = at_prompt()
    shell.type(b"poweroff\r")
    status = shell.finish()
    assert status == 0, status


if __name__ == "__main__":
    try:
        tap.run_all(sys.modules[__name__])
    finally:
        if _shared:
            _shared.close()
