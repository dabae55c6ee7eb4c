#!/usr/bin/env python3
"""How commands are found, and those about processes (rows B-35, T04, T05), each
in a transcript of its own."""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402


def shell(script, cpus=2):
    """(status, what it printed on both outputs) of a script inside Larch."""
    done = subprocess.run(
        [RUN, "--cpus", str(cpus), "--", "sh", "-c", f"{{ {script}\n}} 2>&1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode()


def expect(script, pattern, status=0):
    """The whole output matches, line by line."""
    found = shell(script)
    assert found[0] == status, found
    assert re.fullmatch(pattern, found[1], re.S), found[1]


def rows_of(script):
    """Of a table with a line of headings: a dictionary a line."""
    status, output = shell(script)
    lines = [line.split() for line in output.splitlines()]
    assert status == 0 and len(lines) > 1, output
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def test_T04_programs_are_found_by_name():
    expect("echo one | /bin/cat; PATH=/nowhere; hostname; echo $?",
           "one\n.*hostname: not found\n127\n")
    expect("PATH=/nowhere:/bin; uname", "Linux\n")
    expect("nosuch; echo $?; ./nosuch; echo $?; /bin/nosuch; echo $?",
           "(.*not found\n127\n){3}")
    expect("test 1 = 2 || [ 1 = 1 ] && cmp /bin/test '/bin/[' && echo same",
           "same\n")


def test_T04_every_program_of_the_image_is_there_and_runs():
    # [ is left out: it wants its ].
    status, output = shell("cd /bin; for p in [!\\[]*; do echo $p; "
                           "./$p --help >/dev/null || echo bad $p; done; true")
    names = os.listdir(os.path.join(TESTS, "../build/bin-image"))
    listed = output.splitlines()
    bad = [line for line in listed if line.startswith("bad")]
    assert status == 0 and not bad, output
    assert set(names) - {"init"} <= set(listed), set(names) - set(listed)


def test_T05_what_was_written_since_runs_like_the_image():
    expect("cp /bin/echo /tmp/new; /tmp/new hello", "hello\n")
    expect("cat /bin/echo >/tmp/new; /tmp/new hello; echo $?",
           ".*ermission denied\n126\n")
    expect("cp /bin/echo /tmp/new; ln -s new /tmp/link; PATH=/tmp; link hello;"
           "mkdir=x; /bin/rm /tmp/new; link hello; echo $?",
           "hello\n.*not found\n127\n")


def test_B_35_list_process():
    rows = rows_of("sleep 1000 & list_process")
    names = [row["NAME"] for row in rows]
    assert names.count("sleep") == 1 and "init" in names, rows
    sleep = rows[names.index("sleep")]
    shell_row = next(row for row in rows if row["PID"] == sleep["PPID"])
    assert shell_row["NAME"] == "sh", rows
    assert sleep["PID"] == sleep["TID"], sleep
    assert sleep["SID"] == shell_row["SID"], rows


def test_B_35_list_processgroup():
    rows = rows_of("set -m; sleep 1000 & sleep 1001 | sleep 1002 &\n"
                   "list_processgroup")
    assert len({row["PGID"] for row in rows}) == len(rows) >= 4, rows
    assert "1" in [row["PGID"] for row in rows], rows


def test_B_35_list_session():
    rows = rows_of("setsid sleep 1000 & sleep 0.2; list_session")
    assert len({row["SID"] for row in rows}) == len(rows) >= 3, rows


def test_C_22_B_35_list_channel():
    serve = "cd; ./pong >/dev/null & sleep 0.3;"
    (row,) = rows_of(serve + "list_channel")
    assert row == {"NAME": "pong", "STATE": "wait", "OPENERS": "1",
                   "SERVERS": "1", "QUEUED": "0"}, row
    expect(serve + "kill $!; wait $! 2>/dev/null; list_channel | tail -n +2", "")


def test_D_11_B_35_list_shm():
    """A ping that gets no answer holds a segment."""
    (row,) = rows_of("cd; ./pong >/dev/null & sleep 0.3; kill -STOP $!;"
                     "./ping >/dev/null & sleep 0.3; list_shm; kill -9 $!")
    assert row["SIZE"] == "4096" and row["NATTCH"] == "0", row
    assert int(row["KEY"], 0) > 0 and int(row["PADDR"], 0) > 0, row


def test_B_35_list_thread():
    rows = rows_of("sleep 1000 & list_thread")
    (sleep,) = (row for row in rows if row["NAME"] == "sleep")
    assert sleep["STAT"][0] == "S" and sleep["PRI"] == "-", sleep


def test_B_35_lists_take_no_operands():
    expect("list_session x", "list_session: .*usage: list_process.*", 2)
    expect("list_process --help >/dev/null", "")


def test_D_13_ipcs_shows_and_ipcrm_removes():
    expect("ipcmk -Q -S 2 >/dev/null; ipcs -q -s | grep -c ^0x;"
           "ipcs -s | grep -E '^0x[0-9a-f]+ [0-9]+ +root +644 +2 *$' >/dev/null;"
           "echo $?; ipcrm -a; ipcs -q -s | grep -c ^0x", "2\n0\n0\n", 1)


def test_B_35_kill_and_its_default():
    expect("sleep 1000 & kill $!; wait $!; echo $?", ".*143\n")
    expect("sleep 1000 & kill -s KILL $!; wait $!; echo $?", ".*137\n")
    expect("/bin/kill 99999", "kill: .*No such process\n", 1)


def test_B_35_killall_by_a_long_name():
    name = "a-name-of-more-than-thirty-characters"
    expect(f"cd /tmp; cp /bin/sleep {name}; ./{name} 1000 & sleep 0.2;"
           f"killall {name}; wait $!; echo $?", ".*143\n")
    expect("killall nobody-is-called-so", "killall: .*no such process\n", 1)


def test_B_35_cpu_bind():
    expect("cpu_bind $$; cpu_bind $$ 1; cpu_bind $$; sh -c 'cpu_bind $$';"
           "cpu_bind $$ all; cpu_bind $$", "0 1\n1\n1\n0 1\n")
    expect("cpu_bind $$ 7", r"cpu_bind: \d+: Invalid argument\n", 1)
    expect("cpu_bind 99999 0", "cpu_bind: 99999: No such process\n", 1)


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
