#!/usr/bin/env python3
"""What README.md and docs/ipc.md show at Larch's prompt must be true.

Every command of a page's ```console blocks is run by one shell inside the guest,
in order, and must print just the lines that stand below it. A line that begins
with "$ " is run on this machine first, in the tree's top folder; if it is
tools/run, its options are those that the guest is started with.
"""

import os
import re
import shlex
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PROMPT = "larch:/root# "
MARK = "--- end of command ---"


def read_session(page):
    """([host command], [(command, expected output)]) of the console blocks."""
    with open(os.path.join(TOP, page), encoding="utf-8") as file:
        blocks = re.findall(r"^```console\n(.*?)^```", file.read(),
                            re.M | re.S)
    host, steps = [], []
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            host.append(line[len("$ "):])
        elif line.startswith(PROMPT):
            steps.append([line[len(PROMPT):], ""])
        elif line.startswith("> "):
            steps[-1][0] += "\n" + line[len("> "):]
        else:
            steps[-1][1] += line + "\n"
    return host, steps


def run_host(commands):
    """Runs them; the options of the one that boots Larch."""
    options = []
    for command in commands:
        words = shlex.split(command)
        if words[0] == "tools/run":
            options = words[1:words.index("--")]
        else:
            done = subprocess.run(words, cwd=TOP, capture_output=True)
            assert done.returncode == 0, done
    return options


def run(options, commands):
    script = "cd /root; exec 2>&1\n"
    script += "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    done = subprocess.run(
        ["tools/run", "--timeout", "60", *options, "--", "sh", "-c", script],
        cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done
    return done.stdout.decode().split(MARK + "\n")[:-1]


def check_session(page):
    host, steps = read_session(page)
    assert len(steps) >= 5, "no session found"
    outputs = run(run_host(host), [command for command, _ in steps])
    assert len(outputs) == len(steps), outputs
    for (command, expected), output in zip(steps, outputs):
        assert output == expected, \
            f"{command!r} printed\n{output}and not\n{expected}"


def test_the_session_in_readme():
    check_session("README.md")


def test_the_session_in_the_chapter_on_ipc():
    check_session("docs/ipc.md")


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
