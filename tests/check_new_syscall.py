#!/usr/bin/env python3
"""Adds a system call to a copy of the tree, builds that kernel and calls it.

This is the README's "add a system call in five minutes", done by machine: one
line in lwp/syscalls.def, one function. The test fails if it ever takes more.
"""

import os
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(TESTS)
GIVEN = os.environ.get("LARCH_BUILD", "build")
BUILD = os.path.join(TOP, GIVEN)
sys.path.insert(0, os.path.join(TESTS, "lib"))
import tap  # noqa: E402

LINE = "\nSYSCALL(1087, weigh, int, a, u64, b, ustr_t, ignored)\n"
FUNCTION = b"""
#include "lwp/syscall.h"

/* Twice a, which is signed, plus b. */
long sys_weigh(int a, u64 b, ustr_t ignored)
{
    (void)ignored;
    return 2 * (s64)a + (s64)b;
}
"""
CALLER = b"""
#include <stdio.h>
#include <unistd.h>
int main(void)
{
    /* Above its 32 bits the first register holds rubbish. */
    printf("%ld\\n", syscall(1087, 0x5500000000 | (unsigned)-5, 52ul, 0));
    return 0;
}
"""
folder = tempfile.TemporaryDirectory()
tree = folder.name + "/larch"
build = tree + "/build"
OWN = {"lwp"}                     # copied, not linked
NOT_TAKEN = {".git", "build"}


def make_tree():
    """The tree by links, but for what is changed."""
    os.mkdir(tree)
    for name in os.listdir(TOP):
        if name in OWN:
            shutil.copytree(os.path.join(TOP, name), f"{tree}/{name}")
        elif name not in NOT_TAKEN:
            os.symlink(os.path.join(TOP, name), f"{tree}/{name}")
    with open(tree + "/lwp/syscalls.def", "a", encoding="utf-8") as file:
        file.write(LINE)
    with open(tree + "/lwp/sys_weigh.c", "wb") as file:
        file.write(FUNCTION)


def copy_object(source, target):
    """A copy with its time; the dependencies name the new build folder."""
    shutil.copy2(source, target)
    if source.endswith(".d"):
        with open(source, encoding="utf-8") as file:
            text = file.read()
        with open(target, "w", encoding="utf-8") as file:
            file.write(text.replace(GIVEN + "/obj/", "build/obj/"))


def reuse_objects():
    """make itself finds out which of them the new line outdates."""
    for part in ("kernel", "mm", "lwp"):
        shutil.copytree(f"{BUILD}/obj/{part}", f"{build}/obj/{part}",
                        copy_function=copy_object)
    shutil.copy2(TOP + "/build/.setup-build", build)


def test_one_line_and_one_function_make_a_system_call():
    make_tree()
    reuse_objects()
    done = subprocess.run(["make", "B=build", "build/kernel.elf"],
                          cwd=tree, capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    os.symlink(f"{BUILD}/initramfs.cpio", f"{build}/initramfs.cpio")
    source, program = folder.name + "/caller.c", folder.name + "/caller"
    with open(source, "wb") as file:
        file.write(CALLER)
    subprocess.run([TOP + "/tools/larch-cc", source, "-o", program],
                   check=True)
    done = subprocess.run(
        [TOP + "/tools/run", "--timeout", "30", "--add",
         f"{program}:/bin/caller", "--", "caller"], capture_output=True,
        stdin=subprocess.DEVNULL, env=dict(os.environ, LARCH_BUILD=build))
    assert done.returncode == 0 and done.stdout == b"42\n", done


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
