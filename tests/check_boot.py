#!/usr/bin/env python3
"""Boots the kernel without a job: sizes of machine, broken images.

What the kernel says on the console and how it ends the emulator is the result.
"""

import os
import random
import sys
import tempfile

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "lib"))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
from boot import boot  # noqa: E402
import machine  # noqa: E402
import newc  # noqa: E402
import tap  # noqa: E402

SEED = int(os.environ.get("SEED", "20261120"), 0)
folder = tempfile.TemporaryDirectory()


def image(data):
    """A file with these bytes."""
    name = os.path.join(folder.name, "initrd")
    with open(name, "wb") as file:
        file.write(data)
    return name


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
