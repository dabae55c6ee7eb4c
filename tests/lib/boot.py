"""Boots the kernel without a job, for scripts that test how it starts."""

import os
import subprocess
import sys
import types

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools/lib"))
import machine  # noqa: E402

SECONDS = 60 * machine.TIMEOUT_SCALE
PANIC = 125


def boot(append="", cpus=1, mem="128M", initrd=machine.INITRAMFS,
         seconds=SECONDS, icount=False, kernel=machine.KERNEL):
    """(status, console output); a status of None: it did not end in time."""
    options = types.SimpleNamespace(cpus=cpus, mem=mem, icount=icount,
                                    drives=[], gdb=False)
    command = machine.qemu_command(options, initrd or "/dev/null", append,
                                   kernel)
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
