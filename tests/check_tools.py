#!/usr/bin/env python3
"""Tests of what is in tools/ that need no kernel."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
TOOLS = os.path.join(TESTS, "../tools")
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TOOLS, "lib")]
import newc  # noqa: E402
import tap  # noqa: E402

HELLO = b"""
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
static _Thread_local int local = 7;
static _Atomic unsigned char small = 250;
static atomic_bool flag;
int main(void)
{
    unsigned char old = atomic_fetch_add(&small, 10);
    bool was = atomic_exchange(&flag, true);
    printf("hello %d %d %d %d %d\\n", local, old, small, was, flag);
    return 0;
}
"""


def tool(name, *words, **options):
    return subprocess.run([os.path.join(TOOLS, name), *words],
                          capture_output=True, **options)


def compile_hello(folder, *flags):
    source, program = folder + "/hello.c", folder + "/hello"
    with open(source, "wb") as file:
        file.write(HELLO)
    done = tool("larch-cc", *flags, source, "-o", program)
    assert done.returncode == 0, done.stderr.decode()
    return program


def headers_of(program):
    return subprocess.run(["riscv64-unknown-elf-readelf", "-hlW", program],
                          capture_output=True, check=True).stdout.decode()


def expect_hello(program):
    """Under qemu-user, if that is installed."""
    qemu = shutil.which("qemu-riscv64")
    if qemu:
        sysroot = os.path.join(TESTS, "../build/sysroot")
        done = subprocess.run([qemu, "-L", sysroot, program],
                              capture_output=True)
        assert done.stdout == b"hello 7 250 4 0 1\n", done


def test_larch_cc_links_at_1_mib_by_default():
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hello(folder)
        headers = headers_of(program)
        assert "EXEC" in headers and "INTERP" not in headers, headers
        assert "0x0000000000100000" in headers, headers
        expect_hello(program)


def test_larch_cc_makes_static_pie():
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hello(folder, "-static-pie")
        headers = headers_of(program)
        assert "DYN" in headers and "INTERP" not in headers, headers
        expect_hello(program)


def test_larch_cc_makes_dynamic_programs():
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hello(folder, "-pie")
        assert "/lib/ld-musl-riscv64.so.1" in headers_of(program)
        expect_hello(program)


def test_larch_cc_makes_shared_objects():
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hello(folder, "-shared")
        headers = headers_of(program)
        assert "DYN" in headers and "INTERP" not in headers, headers


def test_larch_cc_works_through_a_link_from_elsewhere():
    with tempfile.TemporaryDirectory() as folder:
        link = folder + "/cc"
        os.symlink(os.path.realpath(os.path.join(TOOLS, "larch-cc")), link)
        source = folder + "/hello.c"
        with open(source, "wb") as file:
            file.write(HELLO)
        subprocess.run([link, "hello.c", "-o", "hello"], cwd=folder,
                       check=True)


def test_initramfs_is_reproducible():
    with tempfile.TemporaryDirectory() as folder:
        etc = folder + "/etc"
        os.mkdir(etc)
        program = folder + "/prog"
        for path in (etc + "/motd", program):
            with open(path, "w") as file:
                file.write(path[-4:])
        images = []
        for mtime in (1, 2):
            os.utime(program, (mtime, mtime))
            out = f"{folder}/{mtime}.cpio"
            assert tool("mkinitramfs", out, "--etc", etc,
                        program).returncode == 0
            with open(out, "rb") as file:
                images.append(file.read())
        assert images[0] == images[1]


def test_archive_is_what_cpio_reads():
    if not shutil.which("cpio"):
        raise tap.Skip("no cpio on this host")
    archive = newc.Archive()
    archive.add_bytes("a/b/odd", b"12345", 0o755)
    archive.add_link("a/link", "b/odd")
    archive.add_bytes("/.run", b"x\0")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cpio", "-id", "--quiet"], cwd=folder, check=True,
                       input=archive.to_bytes())
        with open(folder + "/a/link", "rb") as file:
            assert file.read() == b"12345"
        assert os.stat(folder + "/a/b/odd").st_mode & 0o777 == 0o755
        assert os.path.exists(folder + "/.run")


def test_later_entry_replaces_earlier():
    archive = newc.Archive()
    archive.add_bytes("x", b"first")
    archive.add_bytes("/x", b"second")
    data = archive.to_bytes()
    assert b"second" in data and b"first" not in data
    assert len(data) % newc.ALIGN == 0


def test_ksyms_sorts_and_offsets():
    names = b"80200010 T b\n80200000 T _start\n80200008 t a\n80300000 D data\n"
    done = tool("ksyms", input=names)
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "ksyms_count: .word 3" in text
    assert "ksyms_blocks:\n.word 0x0, 0\n" in text
    assert "ksyms_sizes:\n.half 4\n.half 4\n" in text
    assert names_of_ksyms(text) == ["_start", "a", "b"]


def names_of_ksyms(text):
    """The names in the assembly that ksyms prints."""
    parts = re.split(r"ksyms_(?:pairs|strings):", text)
    pairs, codes = (bytes(int(value) for line in part.split()
                          if line != ".byte" for value in line.split(","))
                    for part in parts[1:])

    def expand(code):
        if code < 128:
            return chr(code)
        return "".join(map(expand, pairs[2 * (code - 128):][:2]))

    return [name for name in "".join(map(expand, codes)).split("\0") if name]


def test_ksyms_shortens_names_and_loses_none():
    names = [f"{noun}_{verb}_locked_{i}" for noun in ("pipe", "inode", "page")
             for verb in ("find", "lookup", "destroy") for i in range(20)]
    lines = [f"{0x80200000 + 4 * i:x} t {name}\n"
             for i, name in enumerate(names)]
    text = tool("ksyms", input="".join(lines).encode()).stdout.decode()
    assert names_of_ksyms(text) == names
    assert text.partition("ksyms_strings:")[2].count(",") < len("".join(names)) / 3


def test_page_of_system_calls_is_up_to_date():
    """Each number and prototype; where a function stands may lag behind."""
    def calls(page):
        return [line.rsplit("|", 2)[0] for line in page.splitlines()]

    with open(os.path.join(TESTS, "../docs/syscalls.md")) as file:
        committed = file.read()
    made = tool("syscall-doc").stdout.decode()
    assert calls(made) == calls(committed), "run make and commit the page"


def test_fetch_refuses_a_wrong_hash():
    with tempfile.TemporaryDirectory() as folder:
        tools = folder + "/tools"
        os.mkdir(tools)
        shutil.copy(os.path.join(TOOLS, "fetch"), tools)
        with open(folder + "/thing", "w") as file:
            file.write("not what was pinned")
        with open(tools + "/sources", "w") as file:
            file.write(f"thing none none thing {'0' * 64} "
                       f"file://{folder}/thing\n")
        done = subprocess.run(
            [tools + "/fetch", "thing"], capture_output=True,
            env=dict(os.environ, LARCH_CACHE=folder + "/cache",
                     LARCH_MIRROR="http://127.0.0.1:9/none"))
        assert done.returncode == 1, done
        assert not os.path.exists(folder + "/cache/thing")


def test_setup_only_reports_when_told_so():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(TOOLS, "setup"), folder)
        with open(folder + "/requirements", "w") as file:
            file.write("build  no-such-command  no-such-package  -  a test\n")
        done = subprocess.run([folder + "/setup"], capture_output=True,
                              env=dict(os.environ, NO_INSTALL="1"))
        assert done.returncode == 1
        assert b"no-such-package" in done.stdout


def test_run_refuses_what_cannot_be():
    for words in (["--cpus", "2", "--icount"], ["--mem", "8M"],
                  ["--mem", "lots"], ["--cpus", "9"],
                  ["--add", "/no/such/file:/x"], ["--add", "nocolon"]):
        done = tool("run", *words, "--", "true")
        assert done.returncode == 2, (words, done)
        assert done.stderr.startswith(b"tools/run: "), done
    assert tool("run").returncode == 2


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
