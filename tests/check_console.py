#!/usr/bin/env python3
"""The console as it is seen from outside: a write(2) to it is never torn."""

import os
import re
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
TOOLS = os.path.join(TESTS, "../tools")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

WRITERS, WRITES, SIZE = 8, 50, 700
PROBE = """
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    char line[%d];
    for (int i = 0; i < %d; i++) {
        if (fork())
            continue;
        memset(line, 'a' + i, sizeof(line));
        line[sizeof(line) - 1] = '\\n';
        for (int n = 0; n < %d; n++)
            if (write(1, line, sizeof(line)) != sizeof(line))
                return 1;
        return 0;
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}
""" % (SIZE, WRITERS, WRITES)


def test_writes_of_eight_processes_on_four_harts_are_whole():
    with tempfile.TemporaryDirectory() as folder:
        probe = os.path.join(folder, "writers")
        with open(probe + ".c", "w", encoding="ascii") as file:
            file.write(PROBE)
        subprocess.run([os.path.join(TOOLS, "larch-cc"), "-Os", probe + ".c",
                        "-o", probe], check=True)
        done = subprocess.run(
            [os.path.join(TOOLS, "run"), "--cpus", "4", "--timeout", "60",
             "--add", probe + ":/bin/writers", "--", "writers"],
            capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done
    lines = done.stdout.split()
    assert len(lines) == WRITERS * WRITES, len(lines)
    whole = re.compile(rb"(.)\1{%d}" % (SIZE - 2))
    torn = [line for line in lines if not whole.fullmatch(line)]
    assert not torn, torn[:3]


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
