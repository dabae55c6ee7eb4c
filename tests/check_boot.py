#!/usr/bin/env python3
"""Boots the kernel without a job: self-tests, sizes of machine, broken images.

What the kernel says on the console and how it ends the emulator is the result.
"""

import os
import random
import subprocess
import sys
import tempfile
import types

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
import machine  # noqa: E402
import newc  # noqa: E402
import tap  # noqa: E402

SECONDS = 60 * machine.TIMEOUT_SCALE
PANIC = 125
SEED = int(os.environ.get("SEED", "20261120"), 0)
folder = tempfile.TemporaryDirectory()


def boot(append="", cpus=1, mem="128M", initrd=machine.INITRAMFS,
         seconds=SECONDS):
    """(status, console output); a status of None: it did not end in time."""
    options = types.SimpleNamespace(cpus=cpus, mem=mem, icount=False,
                                    drives=[], gdb=False)
    command = machine.qemu_command(options, initrd or "/dev/null", append)
    if initrd is None:
        at = command.index("-initrd")
        del command[at:at + 2]
    command += ["-serial", "stdio", "-monitor", "none"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode(errors="replace")


def image(data):
    """A file with these bytes."""
    name = os.path.join(folder.name, "initrd")
    with open(name, "wb") as file:
        file.write(data)
    return name


def run_selftests(cpus):
    status, output = boot("selftest=all", cpus)
    assert status == 0, f"status {status}\n{output}"
    assert "not ok" not in output and "1.." in output, output
    assert "left out" not in output, output


def test_selftests_on_one_hart():
    run_selftests(1)


def test_selftests_on_four_harts():
    run_selftests(4)


def expect_panic(name, *words):
    status, output = boot("selftest=" + name, cpus=2)
    assert status == PANIC, f"status {status}\n{output}"
    for word in ("PANIC:", "backtrace:") + words:
        assert word in output, f"no {word!r} in\n{output}"


def test_S15_kernel_stack_overflow_is_reported():
    expect_panic("stack-overflow", "kernel stack overflow", "recurse+")


def test_stray_load_is_reported():
    expect_panic("load-from-nowhere", "load from", "address 0x10",
                 "load_from_nowhere+", "init_thread+")


def test_kernel_text_cannot_be_written():
    expect_panic("write-to-text", "store to", "write_to_text+")


def test_A_36_F_10_lock_order_is_checked():
    expect_panic("lock-order", "lock order: WAITQ taken inside",
                 "holds lock")


def test_sleeping_with_a_spinlock_is_caught():
    expect_panic("sleep-with-a-lock", "might_sleep", "holds lock: WAITQ")


def test_every_size_of_machine_boots():
    for cpus in (1, 2, 4, 8):
        for mem in ("24M", "128M", "2G"):
            status, output = boot("init=/bin/true", cpus, mem)
            # The first process may not end: that it did is the sign.
            assert "init" in output and status not in (None, 0), \
                f"{cpus} harts, {mem}: status {status}\n{output}"
            assert f"{cpus} hart" in output, output
            assert "left out" not in output, output


def stops_with(words, **how):
    status, output = boot(**how)
    assert status not in (None, 0), f"status {status}\n{output}"
    assert "PANIC" not in output, output
    for word in words:
        assert word in output, f"no {word!r} in\n{output}"


def test_no_initramfs():
    stops_with(["no initramfs", "stopping"], initrd=None)


def test_garbage_as_initramfs():
    stops_with(["initramfs:", "stopping"], initrd=image(b"garbage " * 1000))


def test_no_init_in_the_initramfs():
    archive = newc.Archive()
    archive.add_folder("empty")
    stops_with(["init"], initrd=image(archive.to_bytes()))


def test_truncated_initramfs():
    with open(machine.INITRAMFS, "rb") as file:
        data = file.read()
    for part in (0.1, 0.5, 0.99):
        stops_with(["initramfs:", "stopping"],
                   initrd=image(data[:int(len(data) * part)]))


def test_corrupted_initramfs():
    """Changed bytes in headers: an error, or a boot to some init; no panic."""
    print(f"# SEED={SEED}")
    rng = random.Random(SEED)
    archive = newc.Archive()
    archive.add_bytes("bin/x", b"#!/nothing\n", 0o755)
    data = archive.to_bytes()
    for _ in range(6):
        broken = bytearray(data)
        for _ in range(3):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        stops_with([], initrd=image(bytes(broken)))


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
