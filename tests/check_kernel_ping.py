#!/usr/bin/env python3
"""The manual's ping as a thread of the kernel, from the source that programs have
(row K-17): it talks to a program's pong, and prints to the kernel's log."""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
import machine  # noqa: E402
import tap  # noqa: E402

PONG = os.path.join(machine.BUILD, "tests/seed/pong")
ROUNDS = 100
# The thread goes on after its last answer.
UNTIL_IT_ENDS = "while ! dmesg | grep 'ping has ended'; do sleep 0.01; done;" \
                "list_channel | tail -n +2; list_shm | tail -n +2"


def run(script, cpus):
    """What the job printed, and what the kernel's ping did."""
    done = subprocess.run(
        [RUN, "--cpus", str(cpus), "--timeout", "100", "--append",
         "kernel_ping=1", "--add", PONG + ":/bin/pong", "--", "sh", "-c",
         f"{script}; {UNTIL_IT_ENDS}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=dict(os.environ, LARCH_KERNEL="kernel-selftest.elf"))
    log = [line.partition("] ")[2] for line in done.stderr.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, [line for line in log if line.startswith("Ping")]


def pings(answers):
    """Its output, if it got these and then, as each call failed, the last one."""
    answers = answers + answers[-1:] * (ROUNDS - len(answers))
    for i, answer in enumerate(answers):
        yield f"Ping: send count = {i}"
        yield f"Ping: receive the reply {answer}"


def test_K_17_C_18_the_kernel_pings_a_program():
    for cpus in (1, 4):
        output, log = run("pong", cpus)
        wanted = "\nPong: wait on the IPC channel: 3\n"
        for i in range(ROUNDS):
            wanted += f"Pong: receive count = {i}\nPong: reply count = {i}\n"
        assert re.fullmatch(re.escape(wanted) + r"\[.*\] ping has ended: 0\n",
                            output), output
        assert log == list(pings(list(range(ROUNDS)))), log


def test_K_17_C_19_its_pong_dies_and_it_ends_all_the_same():
    """Pong dies by SIGPIPE, before some answer in the midst."""
    output, log = run("pong | head -n 12 >/dev/null", 2)
    assert re.fullmatch(r"\[.*\] ping has ended: 0\n", output), output
    answers = sorted({int(line.split()[-1]) for line in log
                      if "reply" in line})
    assert 5 <= len(answers) < ROUNDS, log
    assert log == list(pings(answers)), log


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
