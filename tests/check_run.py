#!/usr/bin/env python3
"""Tests of tools/run, and through it of booting: needs the built kernel."""

import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PROBE = b"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "status"))
        return atoi(argv[2]);
    if (argc > 2 && !strcmp(argv[1], "signal")) {
        kill(getpid(), atoi(argv[2]));
        pause();
    }
    if (argc > 1 && !strcmp(argv[1], "bytes"))
        for (int i = 0; i < 65536; i++)
            putchar(i & 255);
    if (argc > 1 && !strcmp(argv[1], "words"))
        for (int i = 0; i < argc; i++)
            printf("[%s]", argv[i]);
    for (; argc > 1 && !strcmp(argv[1], "spin");)
        ;
    return 0;
}
"""
folder = tempfile.TemporaryDirectory()
probe = folder.name + "/probe"


def compile_probe(program, *flags):
    with open(probe + ".c", "wb") as file:
        file.write(PROBE)
    subprocess.run([os.path.join(TESTS, "../tools/larch-cc"), "-Os", *flags,
                    probe + ".c", "-o", program], check=True)


def run(*words, options=(), stdin=b""):
    if not os.path.exists(probe):
        compile_probe(probe)
    return subprocess.run(
        [RUN, "--timeout", "60", "--add", probe + ":/bin/probe", *options,
         "--", *words], capture_output=True, input=stdin)


def expect(done, status, output=None):
    assert done.returncode == status, done
    if output is not None:
        assert done.stdout == output, done


def test_status_is_the_jobs():
    for status in (0, 1, 2, 77, 123, 255):
        expect(run("probe", "status", str(status)), status, b"")


def test_killed_job_gives_128_and_the_signal():
    expect(run("probe", "signal", "15"), 128 + 15)
    expect(run("probe", "signal", "9"), 128 + 9)


def test_spent_budget_gives_124():
    expect(run("probe", "spin", options=["--timeout", "2"]), 124)


def test_missing_command_gives_127():
    expect(run("/no/such/program"), 127)


def test_every_byte_arrives_unchanged():
    expect(run("probe", "bytes"), 0, bytes(range(256)) * 256)


def test_arguments_arrive_unchanged():
    words = ["words", "", "a b", "$HOME", "'", "\"\\", "\t\n", "\u00e9"]
    expect(run("probe", *words), 0,
           "".join(f"[{word}]" for word in ["probe"] + words).encode())


def test_stdin_is_the_jobs_and_ends():
    expect(run("cat", stdin=b"one\ntwo\n"), 0, b"one\ntwo\n")
    expect(run("cat", stdin=b"no newline"), 0, b"no newline")
    expect(run("cat", stdin=b""), 0, b"")


def test_much_stdin_arrives_whole_however_late_it_is_read():
    text = b"".join(b"line %d of many\n" % n for n in range(12000))
    assert len(text) > 200000
    expect(run("sh", "-c", "sleep 2; cat", stdin=text), 0, text)


def test_interrupt_overtakes_input_that_nobody_reads():
    expect(run("sleep", "50", stdin=b"x\n" * 2100 + b"\x03"), 128 + 2)


def test_log_file_takes_the_kernels_words():
    log = folder.name + "/log"
    done = run("probe", "status", "0", options=["--log", log])
    expect(done, 0, b"")
    assert done.stderr == b"", done
    with open(log, "rb") as file:
        assert b"Larch" in file.read()


def test_status_arrives_from_a_kernel_that_is_silent():
    expect(run("probe", "status", "3", options=["--append", "loglevel=0"]), 3)


def test_help_needs_no_command():
    done = subprocess.run([RUN, "--help"], capture_output=True)
    assert done.returncode == 0 and b"Exit status" in done.stdout, done


def test_root_and_add_lay_files_over_the_image():
    tree = folder.name + "/tree"
    os.makedirs(tree + "/deep/er")
    with open(tree + "/deep/er/file", "w") as file:
        file.write("from root\n")
    os.symlink("er/file", tree + "/deep/link")
    done = run("cat", "/deep/link", "/etc/probe.c",
               options=["--root", tree, "--add", probe + ".c:/etc/probe.c"])
    expect(done, 0, b"from root\n" + PROBE)


def test_every_kind_of_program_runs():
    for flag in ("-static", "-static-pie", "-pie"):
        program = folder.name + "/kind"
        compile_probe(program, flag)
        done = run("kind", "words", flag,
                   options=["--add", program + ":/bin/kind"])
        expect(done, 0, f"[kind][words][{flag}]".encode())


def test_same_icount_run_gives_the_same_log():
    logs = [run("probe", "status", "0", options=["--icount"]).stderr
            for _ in range(2)]
    assert logs[0] == logs[1] and b"Larch" in logs[0], logs


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
