#!/usr/bin/env python3
"""A core file of a guest program, as gdb reads it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
TOOLS = os.path.join(TESTS, "../tools")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

PROGRAM = """
#include <pthread.h>
#include <unistd.h>

int larch_global = 40;
double larch_double;
static int *nowhere;

__attribute__((noinline)) void larch_crash(int *where)
{
    *where = 5;
    larch_global++;
}

__attribute__((noinline)) void larch_caller(int depth)
{
    if (depth == 0)
        larch_crash(nowhere);
    else
        larch_caller(depth - 1);
    larch_global++;
}

static void *sleeper(void *arg)
{
    for (;;)
        pause();
    return arg;
}

int main(void)
{
    pthread_t t;

    for (int i = 0; i < 3; i++)
        pthread_create(&t, NULL, sleeper, NULL);
    larch_global += 2;
    larch_double = 2.5;
    larch_caller(2);
    return 0;
}
"""
# Standard output is the core and nothing else.
SCRIPT = """
cd /tmp
ulimit -c unlimited
/bin/crasher 2>/dev/null
cat core
"""
QUESTIONS = ["bt", "info threads", "print larch_global", "print larch_double",
             "info registers pc", "info auxv", "info proc mappings",
             "print $_siginfo.si_signo", "frame 1", "print depth"]
ANSWERS = {
    "the signal is named": r"terminated with signal SIGSEGV",
    "the backtrace begins where it crashed":
        r"#0 .*larch_crash .*crasher\.c:\d+",
    "the backtrace goes on": r"#1 .*larch_caller \(.*=0\)(.|\n)*"
                             r"#2 .*larch_caller \(.*=1\)(.|\n)*#4 .*main",
    "there are four threads": r"\n\* 1 +LWP \d+ .*larch_crash(.|\n)*"
                              r"\n  4 +LWP \d+ ",
    "and no fifth": r"\n  4 +LWP \d+ .*\n\$1",
    "a global has its value": r"\$1 = 42\n",
    "one of floating point, too": r"\$2 = 2\.5\n",
    "pc is in the function": r"pc +0x\w+\s+0x\w+ <larch_crash\+\d+>",
    "the auxiliary vector is there": r"AT_EXECFN .*\"/bin/crasher\"",
    "the program's file is mapped": r"0x100000 .*/bin/crasher",
    "siginfo is there": r"\$3 = 11\n",
    "an argument of a caller is there": r"\$4 = 0\n",
}


def build(folder):
    program = os.path.join(folder, "crasher")
    with open(program + ".c", "w", encoding="ascii") as file:
        file.write(PROGRAM)
    with open(program + ".sh", "w", encoding="ascii") as file:
        file.write(SCRIPT)
    subprocess.run([os.path.join(TOOLS, "larch-cc"), "-O1", "-g",
                    "-fno-optimize-sibling-calls", program + ".c",
                    "-o", program], check=True)
    return program


def test_gdb_reads_a_core():
    if not shutil.which("gdb-multiarch"):
        raise tap.Skip("no gdb-multiarch; `make gdb' installs it")
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder)
        done = subprocess.run(
            [os.path.join(TOOLS, "run"), "--cpus", "2", "--timeout", "60",
             "--add", program + ":/bin/crasher",
             "--add", program + ".sh:/crash.sh", "--",
             "sh", "-c", "exec sh /crash.sh 2>/dev/null"],
            capture_output=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        core = os.path.join(folder, "core")
        with open(core, "wb") as file:
            file.write(done.stdout)
        command = ["gdb-multiarch", "-nx", "-batch"]
        for question in QUESTIONS:
            command += ["-ex", question]
        done = subprocess.run(command + [program, core], timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = done.stdout.decode(errors="replace")
    for what, pattern in ANSWERS.items():
        assert re.search(pattern, output), f"not so: {what}\n{output}"


def test_the_shell_says_core_dumped():
    done = subprocess.run(
        [os.path.join(TOOLS, "run"), "--timeout", "60", "--", "sh", "-c",
         "cd /tmp; ulimit -c; sh -c 'kill -SEGV $$'; ulimit -c unlimited;"
         "ulimit -c; sh -c 'kill -SEGV $$'; echo $?; ls"],
        capture_output=True, stdin=subprocess.DEVNULL)
    lines = done.stdout.decode().split("\n")
    assert lines[:6] == ["0", "Segmentation fault", "unlimited",
                         "Segmentation fault (core dumped)", "139",
                         "core"], done


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
