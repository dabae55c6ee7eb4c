#!/usr/bin/env python3
"""The kernel's tests of itself (bootarg selftest=), and how it goes down."""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PANIC = 125


def boot(selftest, cpus=1):
    done = subprocess.run(
        [RUN, "--cpus", str(cpus), "--timeout", "60", "--append",
         f"selftest={selftest}", "--", "true"],
        stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stderr.decode(errors="replace")


def expect_all_passed(cpus):
    status, log = boot("all", cpus)
    results = re.findall(r"(not )?ok (\d+) - ", log)
    plan = re.search(r"1\.\.(\d+)$", log, re.M)
    assert plan and int(plan[1]) == len(results) > 0, log
    assert not any(bad for bad, _ in results), log
    assert status == 0, (status, log)


def expect_panic(selftest, *words):
    """Down with the panic status, the cause in words, and a backtrace."""
    status, log = boot(selftest)
    assert status == PANIC, (status, log)
    for word in words:
        assert re.search(word, log), (word, log)


def test_self_tests_pass_on_one_hart():
    expect_all_passed(1)


def test_self_tests_pass_on_four_harts():
    expect_all_passed(4)


def test_stack_overflow_is_reported_not_suffered():
    expect_panic("stack-overflow", "stack overflow", r"recurse\+")


def test_wild_load_panics_with_address_and_backtrace():
    expect_panic("load-from-nowhere", "load", "load_from_nowhere",
                 "init_thread")


def test_kernel_text_cannot_be_written():
    expect_panic("write-to-text", "store", "write_to_text")


def test_locks_in_the_wrong_order_panic():
    expect_panic("lock-order", "lock", "lock_in_the_wrong_order")


def test_sleeping_with_a_spinlock_panics():
    expect_panic("sleep-with-a-lock", "sleep_with_a_lock")


def test_an_unknown_self_test_is_a_failure():
    status, log = boot("no-such-test")
    assert status == 1 and "1..0" in log, (status, log)


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
