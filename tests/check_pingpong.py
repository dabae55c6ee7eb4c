#!/usr/bin/env python3
"""The manual's ping and pong: the programs in tests/user/seed are those of the
document, compile by one command, and run on the console side by side."""

import glob
import hashlib
import os
import re
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
SEED = os.path.join(TESTS, "user/seed")
RUN = os.path.join(TESTS, "../tools/run")
CC = os.path.join(TESTS, "../tools/larch-cc")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

# The manual, where it lies beside this tree, and what its programs come to.
DOCUMENT = os.path.join(TESTS, "../../shared/seeds/001*")
PROGRAMS = {
    "pong": "12e2835ce1e962158d02f009b7ff2d8814bd9bc3e9b2e54f3ea7be0c313f589b",
    "ping": "7720a9fae46e85594489f575027d911f538c7e0a20adc08c1ff29415fbe4d400",
}
LISTING = re.compile(rb"^```c\n(.*?)^```$", re.M | re.S)


def source(name):
    with open(os.path.join(SEED, name + ".c"), "rb") as file:
        return file.read()


def compile_in(folder, name):
    """What the compiler said about it."""
    with open(os.path.join(folder, name + ".c"), "wb") as file:
        file.write(source(name))
    done = subprocess.run([CC, name + ".c", "-o", name, "-llwp", "-lrtthread"],
                          cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def run_pair(folder, script, cpus):
    """(status, console output)"""
    command = [RUN, "--cpus", str(cpus), "--timeout", "60"]
    for name in PROGRAMS:
        command += ["--add", f"{os.path.join(folder, name)}:/bin/{name}"]
    done = subprocess.run(command + ["--", "sh", "-c", script],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode().replace("\r\n", "\n")


def test_C_23_the_programs_are_those_of_the_manual():
    for name, digest in PROGRAMS.items():
        assert hashlib.sha256(source(name)).hexdigest() == digest, name
    for document in glob.glob(DOCUMENT):
        with open(document, "rb") as file:
            listings = LISTING.findall(file.read())
        assert listings == [source(name) for name in PROGRAMS]


def test_C_23_they_compile_with_warnings_about_widths_only():
    with tempfile.TemporaryDirectory() as folder:
        for name in PROGRAMS:
            said = compile_in(folder, name)
            warnings = re.findall(r"warning: .*\[(.*)\]", said)
            assert set(warnings) <= {"-Wint-to-pointer-cast",
                                     "-Wpointer-to-int-cast"}, said


def test_C_23_pong_in_the_background_and_ping_on_one_console():
    """The lines of each in its order, and no answer before its question."""
    with tempfile.TemporaryDirectory() as folder:
        for name in PROGRAMS:
            compile_in(folder, name)
        for cpus in (1, 4):
            status, output = run_pair(
                folder, "pong & while ! ping; do sleep 0.01; done; wait $!",
                cpus)
            assert status == 0, output
            check_console(output)


def test_C_23_strace_shows_a_round_by_name():
    script = "cd; ./pong >/dev/null & sleep 0.3; " \
             "strace -o /tmp/t ./ping >/dev/null; tail -n 12 /tmp/t"
    done = subprocess.run([RUN, "--", "sh", "-c", script], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    wanted = (r"lwp_shmget\(0x[0-9a-f]+, 11, 1\) += (\d+)\n"
              r"lwp_shmat\(\1, NULL\) += (0x[0-9a-f]+)\n"
              r"lwp_shmdt\(\2\) += 0\n"
              r"rt_channel_send_recv\(3, 0x[0-9a-f]+, 0x[0-9a-f]+\) += 0\n"
              r"lwp_shmrm\(\1\) += 0\n"
              r"rt_channel_close\(3\) += 0\n")
    assert re.search(wanted, done.stdout), done.stdout


def check_console(output):
    lines = output.splitlines()
    wanted = {"Pong": [], "Ping": []}
    for i in range(100):
        wanted["Pong"] += [f"Pong: receive count = {i}",
                           f"Pong: reply count = {i}"]
        wanted["Ping"] += [f"Ping: send count = {i}",
                           f"Ping: receive the reply {i}"]
    for who, its in wanted.items():
        found = [line for line in lines if line.startswith(who)
                 and "wait on the IPC channel" not in line]
        assert found == its, output
    for i in range(100):
        order = [lines.index(f"Ping: send count = {i}"),
                 lines.index(f"Pong: receive count = {i}"),
                 lines.index(f"Pong: reply count = {i}"),
                 lines.index(f"Ping: receive the reply {i}")]
        assert order == sorted(order), output


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
