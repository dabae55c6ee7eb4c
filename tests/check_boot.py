#!/usr/bin/env python3
"""Boots the kernel without a job: sizes of machine, broken images.

What the kernel says on the console and how it ends the emulator is the result.
"""

import os
import random
import subprocess
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


def boot_with_init(*places, append=""):
    """A boot with a program that ends at once in each of these places."""
    archive = newc.Archive()
    program = os.path.join(os.path.dirname(machine.INITRAMFS), "bin-image/true")
    for place in places:
        archive.add_file(program, place)
    return boot(append, initrd=image(archive.to_bytes()))


def test_B_01_the_first_program_is_the_first_there_is():
    places = ["init", "sbin/init", "bin/init"]
    while places:
        status, output = boot_with_init(*places)
        assert f"init: /{places[0]} is process 1" in output, output
        assert status not in (None, 0), (status, output)
        places.pop(0)


def test_B_01_init_is_what_the_command_line_says():
    status, output = boot_with_init("init", "other", append="init=/other")
    assert "init: /other is process 1" in output, output
    status, output = boot_with_init("init", append="init=/nothing")
    assert "cannot run /nothing" in output, output
    assert "is process 1" not in output and status not in (None, 0), output


def test_B_01_the_end_of_the_first_process_stops_the_machine():
    status, output = boot("init=/bin/false")
    assert status not in (None, 0), (status, output)
    assert "exit" in output.split("is process 1")[1], output


def end_from_inside(*words):
    """The kernel's log of a job that ends the machine."""
    done = subprocess.run([TESTS + "/../tools/run", "--", *words],
                          capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr.decode()


def test_B_33_reboot_and_poweroff_end_the_emulator():
    for command, words in (("reboot", "reboot: restarting"),
                           ("poweroff", "reboot: power off"),
                           ("halt", "reboot: power off")):
        status, log = end_from_inside(command, "-f")
        assert words in log and "panic" not in log.lower(), (command, log)
        assert status == 0, (command, status)


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
