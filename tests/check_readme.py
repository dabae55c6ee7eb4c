#!/usr/bin/env python3
"""The README's session is typed into Larch's shell; what it shows must be true.

Every command of a ```console block is run by one shell inside the guest, in
order, and must print just the lines that stand below it.
"""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PROMPT = "larch:/root# "
MARK = "--- end of command ---"


def read_session():
    """[(command, expected output)] of the README's console blocks."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```console\n(.*?)^```", file.read(),
                            re.M | re.S)
    steps = []
    for line in "".join(blocks).splitlines():
        if line.startswith(PROMPT):
            steps.append([line[len(PROMPT):], ""])
        elif line.startswith("> "):
            steps[-1][0] += "\n" + line[len("> "):]
        else:
            steps[-1][1] += line + "\n"
    return steps


def run(commands):
    script = "cd /root; exec 2>&1\n"
    script += "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    done = subprocess.run(
        [TOP + "/tools/run", "--timeout", "60", "--", "sh", "-c", script],
        stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done
    return done.stdout.decode().split(MARK + "\n")[:-1]


def test_the_session_in_readme():
    steps = read_session()
    assert len(steps) >= 5, "no session found"
    outputs = run([command for command, _ in steps])
    assert len(outputs) == len(steps), outputs
    for (command, expected), output in zip(steps, outputs):
        assert output == expected, \
            f"{command!r} printed\n{output}and not\n{expected}"


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
