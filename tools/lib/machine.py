"""The virtual machine: QEMU's command line stands here and nowhere else."""

import functools
import os
import re
import shutil
import signal
import socket
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.join(TOP, os.environ.get("LARCH_BUILD", "build"))
KERNEL = os.path.join(BUILD, os.environ.get("LARCH_KERNEL", "kernel.elf"))
INITRAMFS = os.path.join(BUILD, "initramfs.cpio")
C_LIBRARY = os.path.join(TOP, "build/sysroot/usr/lib/libc.so")

MAX_CPUS = 8
MIN_MIB, MAX_MIB = 24, 8192
GDB_SESSIONS = 8
_names = []     # of ports, held until this process ends

# Slow hosts: every limit in host seconds is multiplied by this.
TIMEOUT_SCALE = float(os.environ.get("TIMEOUT_SCALE", "1"))
BANNER = b"Larch"

NO_BANNER = f"""\
No sign of life from the kernel. Usual causes, likeliest first:
  - the machine is very slow or busy: wait, or set TIMEOUT_SCALE=4
  - QEMU is too old, or lacks the OpenSBI firmware: `make doctor' tells
  - {KERNEL} is stale or half-built: `make clean', then make again
  - a change stops the kernel before its first message: `make gdb'
"""


class UsageError(Exception):
    """The caller asked for a machine that cannot be."""


def parse_mem(text):
    """'24M'..'8G' in MiB."""
    match = re.fullmatch(r"(\d+)([MmGg]?)", text)
    if not match:
        raise UsageError(f"--mem {text}: want a number with M or G")
    mib = int(match[1]) * (1024 if match[2] in ("G", "g") else 1)
    if not MIN_MIB <= mib <= MAX_MIB:
        raise UsageError(f"--mem {text}: Larch runs in 24M to 8G")
    return mib


def _reserve(port):
    """A free port, against other sessions too: a socket that holds its name."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0larch-gdb-{port}")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
        return name
    except OSError:
        name.close()
        return None


@functools.lru_cache(maxsize=None)
def gdb_port():
    """A port of the user's own, so that a shared machine has no quarrels.

    Where the user has another session, one of the ports after it.
    """
    first = 25000 + os.getuid() % 5000
    for port in range(first, first + GDB_SESSIONS):
        name = _reserve(port)
        if name:
            _names.append(name)
            return port
    raise UsageError(f"ports {first} to {port} are all taken")


def _dies_with_parent():
    """No QEMU may outlive the script that started it, even one killed by -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def exit_on_sigterm():
    """SIGTERM unwinds like an error, so that cleaning up is done."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def check_options(options):
    """Raises UsageError for a machine that cannot be."""
    parse_mem(options.mem)
    if not 1 <= options.cpus <= MAX_CPUS:
        raise UsageError(f"--cpus {options.cpus}: Larch runs on 1 to 8")
    if options.icount and options.cpus > 1:
        raise UsageError("--icount needs --cpus 1: with more, QEMU starves "
                         "the harts after one that spins")


def qemu_command(options, initrd=INITRAMFS, append="", kernel=KERNEL):
    """The command but for its console: the caller adds -serial and -chardev.

    options has cpus, mem, icount, drives and gdb.
    """
    check_options(options)
    command = _dies_with_parent() + [
        "qemu-system-riscv64", "-machine", "virt", "-bios", "default",
        "-smp", str(options.cpus), "-m", f"{parse_mem(options.mem)}M",
        "-display", "none", "-no-reboot",
        "-global", "virtio-mmio.force-legacy=false",
        "-kernel", kernel, "-initrd", initrd, "-append", append,
    ]
    if options.icount:
        command += ["-icount", "shift=0,sleep=off", "-seed", "1",
                    "-rtc", "base=2020-01-01,clock=vm"]
    for number, drive in enumerate(options.drives):
        command += [
            "-drive", f"file={drive},if=none,format=raw,id=drive{number}",
            "-device", f"virtio-blk-device,drive=drive{number},"
                       f"bus=virtio-mmio-bus.{number}",
        ]
    if options.gdb:
        command += ["-S", "-gdb", f"tcp:127.0.0.1:{gdb_port()}"]
    return command


def add_options(parser):
    """The options that every way of starting the machine has."""
    parser.add_argument("--cpus", type=int, default=1, metavar="N",
                        help="harts, 1 to 8")
    parser.add_argument("--mem", default="128M", metavar="SIZE",
                        help="memory, 24M to 8G")
    parser.add_argument("--append", default="", metavar="BOOTARGS",
                        help="more words for the kernel's command line")
    parser.add_argument("--drive", dest="drives", action="append", default=[],
                        metavar="FILE", help="a raw disk image (repeatable)")
    parser.add_argument("--icount", action="store_true",
                        help="one instruction a nanosecond: the same run "
                             "every time (one hart, no console input)")
    parser.add_argument("--gdb", action="store_true",
                        help="wait for gdb before the first instruction")
