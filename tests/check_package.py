#!/usr/bin/env python3
"""Compiles a package that is written as RT-Thread's are, and runs it.

tests/package has a header, a source and a sample without main(), whose command
is exported to RT-Thread's shell (lwp.md row K-14). Only larch-cc is used, from
another folder than this tree's.
"""

import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

LARCH_CC = os.path.join(TESTS, "../tools/larch-cc")
RUN = os.path.join(TESTS, "../tools/run")
PACKAGE = os.path.join(TESTS, "package")
folder = tempfile.TemporaryDirectory()
program = folder.name + "/ring_sample"
OUTPUT = (b"through the ring\n3 blinks, 2 argument(s)\n"
          b"[I/ring] 40 of system\n")


def compile_package(*flags):
    sources = [os.path.join(PACKAGE, name) for name in
               ("ring.c", "ring_sample.c")]
    done = subprocess.run(
        [LARCH_CC, "-Wall", *flags, *sources, "-o", program, "-lrtthread"],
        cwd=folder.name, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def run(*words):
    return subprocess.run(
        [RUN, "--timeout", "30", "--add", program + ":/bin/ring_sample",
         "--", *words], stdin=subprocess.DEVNULL, capture_output=True)


def test_package_runs_by_its_commands_name():
    for flags in ((), ("-Os", "-s"), ("-pie",)):
        compile_package(*flags)
        done = run("ring_sample", "a", "b")
        assert done.returncode == 7 and done.stdout == OUTPUT, done


def test_without_a_known_command_it_lists_them():
    compile_package()
    done = run("sh", "-c", "ln /bin/ring_sample /bin/other; other")
    assert done.returncode == 1, done
    assert done.stdout == b"ring_sample      - a ring between two threads\n"


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
