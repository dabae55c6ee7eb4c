#!/usr/bin/env python3
"""A thread of the kernel as a channel's server, and programs as its clients (row
C-18): tests/user/t_channel_kernel.c on a kernel with the echo of
lwp/selftest_echo.c."""

import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
import machine  # noqa: E402
import tap  # noqa: E402

CLIENT = os.path.join(machine.BUILD, "tests/t_channel_kernel")


def test_C_18_the_kernel_answers_programs():
    for cpus in (1, 4):
        done = subprocess.run(
            [RUN, "--cpus", str(cpus), "--timeout", "60", "--append",
             "kernel_echo=1", "--add", CLIENT + ":/tests/t", "--", "/tests/t"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=dict(os.environ, LARCH_KERNEL="kernel-selftest.elf"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("\nok ") == 3, done.stdout
        assert "SKIP" not in done.stdout, done.stdout
        assert "echo: the calls do as they say" in done.stderr, done.stderr
        assert "echo has ended" in done.stderr, done.stderr


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
