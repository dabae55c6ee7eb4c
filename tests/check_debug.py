#!/usr/bin/env python3
"""A gdb session under tools/debug, by script: do the kernel's tables show?"""

import os
import re
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
DEBUG = os.path.join(TESTS, "../tools/debug")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

# init waits for children, then the shell for the program that was typed.
SESSION = """
tbreak sys_rt_sigtimedwait
continue
larch-type /bin/true
tbreak sys_wait4
continue
larch-ps
larch-threads
larch-areas 1
larch-bt 1
larch-pt 0x100000 1
larch-pt 0xffffffc080200000
larch-pt 0x4000 1
larch-user init
run
larch-bt 99999
help larch
quit
"""
EXPECTED = {
    "processes are listed": r" 1 +0 +1 alive +init ",
    "threads are listed": r" 1 +\d sleeping +[\d.]+ init ",
    "areas are listed": r"0x000000100000-0x\w+ r-x- ",
    "a sleeping thread's callers are named": r"#\d .* system_call ",
    "a user page is found by the page-table walk": r"V.*XU.*\nleaf of 4 KiB",
    "the kernel's text is a leaf too":
        r"VR-X-G.*\nleaf of \d+ KiB: physical 0x80200000",
    "an unmapped page is said to be so": "\nnot mapped",
    "symbols of a program are loaded": "add symbol table from file",
    "the word run is answered": "Larch is running already",
    "a wrong tid is answered": "no thread 99999",
    "help lists the commands": r"larch-pt +Decode ",
}


def test_session_shows_processes_threads_areas_and_tables():
    if not shutil.which("gdb-multiarch"):
        raise tap.Skip("no gdb-multiarch; `make gdb' installs it")
    done = subprocess.run([DEBUG], input=SESSION.encode(), timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = done.stdout.decode(errors="replace")
    for what, pattern in EXPECTED.items():
        assert re.search(pattern, output), f"not so: {what}\n{output}"


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
