#!/usr/bin/env python3
"""The core of the kernel does without the layers above it (row S02).

`make LWP=n' and `make FS=n' build kernels without processes, and without
files too; they test themselves.
"""

import glob
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
from boot import boot  # noqa: E402
import machine  # noqa: E402
import tap  # noqa: E402

CROSS = os.environ.get("CROSS", "riscv64-unknown-elf-")
OBJECTS = os.path.join(machine.BUILD, "obj")
ABOVE = ("lwp/", "kernel/fs/", "kernel/net/",
         "kernel/riscv/syscall_frame")
INSTEAD = "kernel/without/"

# What the machine calls above it (the foot of kernel/riscv/arch.h, and the
# table of system calls); kernel/main.c calls everything.
DOORS = {"trap_user", "trap_user_work", "syscall_table", "syscall_traced",
         "syscall_unknown"}


def names_of(path, *flags):
    done = subprocess.run([CROSS + "nm", "-P", *flags, path], check=True,
                          stdout=subprocess.PIPE)
    return {line.split()[0] for line in done.stdout.decode().splitlines()}


def split():
    """(objects of the core, names that only the layers above have)"""
    core, above = [], set()
    for folder in ("kernel", "mm", "lwp"):
        for path in glob.glob(f"{OBJECTS}/{folder}/**/*.o", recursive=True):
            name = os.path.relpath(path, OBJECTS)
            if name.startswith(ABOVE):
                above |= names_of(path, "-g", "--defined-only")
            elif not name.startswith(INSTEAD):
                core.append(path)
    return sorted(core), above


def is_door(name):
    return name in DOORS or name.startswith("syscall_wrap_")


def test_S02_the_core_calls_what_is_above_by_its_doors_only():
    core, above = split()
    assert len(core) > 40 and len(above) > 500, (len(core), len(above))
    for path in core:
        name = os.path.relpath(path, OBJECTS)
        used = names_of(path, "-u") & above
        if name != "kernel/main.o" and not name.startswith("kernel/drivers/"):
            strange = {word for word in used if not is_door(word)}
            assert not strange, (name, strange)


def size_of(path):
    done = subprocess.run([CROSS + "size", path], check=True,
                          stdout=subprocess.PIPE)
    text, data = done.stdout.split()[6:8]
    return int(text) + int(data)


def tests_itself(kernel, without):
    """The kernel that lacks some parts boots, and all its self-tests pass."""
    path = os.path.join(machine.BUILD, kernel)
    whole = os.path.join(machine.BUILD, "kernel-selftest.elf")
    assert not names_of(path, "-g") & without
    print(f"# {size_of(path)} of {size_of(whole)} bytes of text and data")
    assert size_of(path) < size_of(whole)
    for cpus in (1, 4):
        status, output = boot("selftest=all", cpus, kernel=path)
        assert status == 0 and "not ok" not in output, output
        assert "- R20-" in output, output
    return path


def test_S02_the_kernel_without_processes_tests_itself():
    path = tests_itself("kernel-without-lwp.elf",
                        {"lwp_create", "lwp_execve", "sys_getpid"})
    status, output = boot(kernel=path)
    assert status == 0 and "no processes" in output, output


def test_S07_the_kernel_without_files_tests_itself():
    tests_itself("kernel-without-fs.elf", {"lwp_create", "file_open"})


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
