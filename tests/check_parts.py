#!/usr/bin/env python3
"""The core of the kernel does without the layers above it (row S02).

It is linked without processes and files, and tests itself.
"""

import glob
import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
from boot import boot  # noqa: E402
import machine  # noqa: E402
import tap  # noqa: E402

CROSS = os.environ.get("CROSS", "riscv64-unknown-elf-")
OBJECTS = os.path.join(machine.BUILD, "obj")
ABOVE = ("lwp/", "kernel/fs/", "kernel/net/")

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
            if os.path.relpath(path, OBJECTS).startswith(ABOVE):
                above |= names_of(path, "-g", "--defined-only")
            else:
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


def link(core, missing, symbols, out):
    subprocess.run(
        [CROSS + "gcc", "-march=rv64imac", "-mabi=lp64", "-nostdlib", "-static",
         "-z", "max-page-size=4096", "-Wl,--build-id=none",
         "-Wl,--no-warn-rwx-segments", "-T", TESTS + "/../linker.ld", *core,
         symbols, "-lgcc", "-o", out,
         *[f"-Wl,--defsym={name}=panic" for name in sorted(missing)]],
        check=True)


def link_core(folder):
    """Twice, as the Makefile does it: the second time with its symbols."""
    core, above = split()
    missing = {name for path in core for name in names_of(path, "-u")} & above
    first, symbols, out = (folder + "/" + name
                           for name in ("first.elf", "ksyms.S", "core.elf"))
    link(core, missing, machine.BUILD + "/ksyms-none.S", first)
    names = subprocess.run([CROSS + "nm", "-n", first], check=True,
                           stdout=subprocess.PIPE).stdout
    with open(symbols, "wb") as file:
        subprocess.run([TESTS + "/../tools/ksyms"], input=names, stdout=file,
                       check=True)
    link(core, missing, symbols, out)
    return out


def size_of(path):
    done = subprocess.run([CROSS + "size", path], check=True,
                          stdout=subprocess.PIPE)
    text, data = done.stdout.split()[6:8]
    return int(text) + int(data)


def test_S02_the_core_alone_boots_and_passes_its_tests():
    with tempfile.TemporaryDirectory() as folder:
        core, whole = link_core(folder), machine.KERNEL
        print(f"# {size_of(core)} of {size_of(whole)} bytes of text and data")
        assert size_of(core) < size_of(whole) * 2 // 3
        machine.KERNEL = core
        try:
            status, output = boot("selftest=all", cpus=2)
        finally:
            machine.KERNEL = whole
        assert status == 0 and "not ok" not in output, output
        assert "R20-" in output, output


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
