#!/usr/bin/env python3
"""The sample of docs/porting-rtthread.md: compiled as the page says, and run."""

import os
import re
import shlex
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PAGE = os.path.join(TOP, "docs/porting-rtthread.md")


def compile_line():
    """The page's line that compiles the sample, as words."""
    with open(PAGE, encoding="utf-8") as file:
        line = re.search(r"^ +(tools/larch-cc .*weather\.c.*)$", file.read(),
                         re.M)
    assert line, "the page does not say how"
    return shlex.split(line[1])


def expected():
    """What weather.c measures, by its own formula."""
    lines = []
    for number in range(12):
        tenths = 215 - number * number % 40
        lines.append(f"measurement {number:2}: "
                     f"{tenths // 10}.{tenths % 10} degrees")
    return lines + ["12 measurements shown"]


def run(harts):
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "weather")
        words = compile_line()
        words[words.index("-o") + 1] = program
        done = subprocess.run(words + ["-Wall", "-Wextra", "-Werror",
                                       "-Wno-unused-parameter"], cwd=TOP,
                              capture_output=True)
        assert done.returncode == 0 and not done.stderr, done.stderr.decode()
        done = subprocess.run(
            [TOP + "/tools/run", "--cpus", str(harts), "--timeout", "30",
             "--add", program + ":/bin/weather", "--", "weather"],
            stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done
    return done.stdout.decode().splitlines()


def test_K_14_a_sample_runs_on_one_hart_when_only_the_compile_line_changed():
    assert run(1) == expected()


def test_K_14_the_sample_runs_on_four_harts():
    assert run(4) == expected()


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
