#!/usr/bin/env python3
"""Channels hand the hart from client to server without asking the scheduler
(kernel/handoff.c): so they are tried under each scheduler (row C-07)."""

import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
import machine  # noqa: E402
import tap  # noqa: E402

SCHEDULERS = ("fifo", "rr", "stride")


def run(scheduler, cpus, program, *points):
    """One test program, or some of its points: all must be good."""
    built = os.path.join(machine.BUILD, "tests", program)
    done = subprocess.run(
        [RUN, "--cpus", str(cpus), "--timeout", "120", "--append",
         f"sched={scheduler}", "--add", f"{built}:/tests/{program}",
         "--add", os.path.join(machine.BUILD, "tests/seed") + ":/tests/seed",
         "--", f"/tests/{program}", *points],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nnot ok" not in done.stdout and "\nok 2 " in done.stdout


def test_C_07_channels_under_each_scheduler():
    for scheduler in SCHEDULERS:
        for cpus in (1, 4):
            for program in ("t_channel", "t_channel_wait"):
                run(scheduler, cpus, program)


def test_C_23_ping_and_pong_under_each_scheduler():
    for scheduler in SCHEDULERS:
        run(scheduler, 2, "t_pingpong", "two pings")


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
