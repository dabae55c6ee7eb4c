#!/usr/bin/env python3
"""Two self-tests of races again, as often as it takes to hit every window."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
from boot import SECONDS, boot  # noqa: E402
import machine  # noqa: E402
import tap  # noqa: E402

KERNEL = os.path.join(machine.BUILD, "kernel-selftest.elf")


def passes(name, rounds, **how):
    status, output = boot(f"selftest={name} rounds={rounds}",
                          seconds=4 * SECONDS, kernel=KERNEL, **how)
    assert status == 0 and "ok 1 - " + name in output, \
        f"status {status}\n{output}"


def test_S12_wake_and_timeout_collide_100000_times():
    """Counted instructions: the two timers then are as close as can be."""
    passes("S12-wake-and-timeout-collide", 100000, icount=True)


def test_R14_a_million_wake_ups_in_the_window():
    passes("R14-P19-wake-up-in-the-window", 1000000, cpus=2)


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
