#!/usr/bin/env python3
"""The kernel's self-tests (kernel/selftest*.c), on one hart and on four.

Each of them is a point here, under the name that it has there. Those that end
in a panic are booted one by one: what the panic says is the result. Those about
turns run with each scheduler, and by way of the idle thread, while the emulator
counts instructions: so nothing but the kernel decides who runs.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
from boot import PANIC, boot  # noqa: E402
import machine  # noqa: E402

POINT = re.compile(r"^\[.*?\] (not )?ok (\d+) - (\S+)\r?$", re.M)
PLAN = re.compile(r"^\[.*?\] 1\.\.(\d+)\r?$", re.M)

# Self-test: what must stand in the report of its panic.
PANICS = {
    "S15-stack-overflow": ["kernel stack overflow", "recurse+"],
    "S26-load-from-a-user-page": ["may not be read", "address 0x10000"],
    "S29-breakpoint": ["kernel fault: breakpoint", "break_here+"],
    "R13-start-twice": ["t->state == THREAD_NEW", "thread_start+"],
    "R13-start-after-exit": ["t->state == THREAD_NEW", "thread_start+"],
    "R13-abandon-after-start": ["t->state == THREAD_NEW"],
    "R16-switch-to-a-running-context": ["switch to a thread that runs"],
    "R19-detach-twice": ["!t->detached", "thread_detach+"],
    "R19-join-after-detach": ["!t->detached", "thread_join+"],
    "load-from-nowhere": ["load from", "address 0x10", "load_from_nowhere+",
                          "init_thread+"],
    "write-to-text": ["store to", "write_to_text+"],
    "A-36-F-10-lock-order": ["lock order: WAITQ taken inside", "holds lock"],
    "sleep-with-a-lock": ["might_sleep", "holds lock: WAITQ"],
}

SCHEDULERS = ("fair", "fifo", "rr", "stride")
ABOUT_TURNS = "S33-R10-three-hogs,R09,T09,T10,T11,R19,R20,S14,R14-no,mutex"

KERNEL = os.path.join(machine.BUILD, "kernel-selftest.elf")

points = []                       # whether each has passed


def tell(passed, name, output=""):
    """One point; names lose their dashes, but for the ones in an ID."""
    points.append(passed)
    words = name.replace("-", " ")
    print(f"{'ok' if passed else 'not ok'} {len(points)} {words}")
    if not passed:
        for line in output.splitlines()[-60:]:
            print(f"# {line}")
    sys.stdout.flush()


def run(selftests, append, cpus, icount=False):
    """Boot and tell what each self-test came to."""
    status, output = boot(f"{append} selftest={selftests}", cpus, icount=icount,
                          kernel=KERNEL)
    how = f"{append} cpus={cpus}".strip()
    found = POINT.findall(output)
    plan = PLAN.search(output)
    for failed, _, name in found:
        tell(not failed, f"{name} {how}", output)
    whole = plan and int(plan[1]) == len(found) and "left out" not in output
    tell(whole and status == 0, f"all self-tests end, {how}",
         f"status {status}\n{output}")


def run_panic(name, words):
    status, output = boot("selftest=" + name, cpus=2, kernel=KERNEL)
    wanted = ["PANIC:", "backtrace:"] + words
    passed = status == PANIC and all(word in output for word in wanted)
    tell(passed, f"{name} panics", f"status {status}\n{output}")


def main():
    run("all", "", 1)
    run("all", "", 4)
    for name in SCHEDULERS:
        run(ABOUT_TURNS, f"sched={name}", 1, icount=True)
    run("T,R20", "switch=idle", 1, icount=True)
    for name, words in PANICS.items():
        run_panic(name, words)
    print(f"1..{len(points)}")
    return 0 if all(points) else 1


if __name__ == "__main__":
    sys.exit(main())
