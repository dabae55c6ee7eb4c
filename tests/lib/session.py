"""A session at Larch's console: tools/qemu on a pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

TESTS = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
import machine  # noqa: E402

PROMPT = rb"[$#] $"
SECONDS = 60 * machine.TIMEOUT_SCALE
# What moves the cursor or clears is no text.
CONTROLS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Session:
    """Types into the guest and waits for what it should say."""

    def __init__(self, cpus=2):
        self.output = b""         # all of it, for reports
        self.rest = b""           # what came after what was waited for
        self.terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [os.path.join(TESTS, "../tools/qemu"), "--cpus", str(cpus)],
            stdin=other, stdout=other, stderr=other, start_new_session=True)
        os.close(other)

    def read(self, seconds):
        """Adds what comes within that time; False if nothing does."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:           # EIO: the other side is closed
            data = b""
        self.output += data
        self.rest = CONTROLS.sub(b"", self.rest + data)
        return bool(data)

    def expect(self, pattern, seconds=SECONDS):
        """Waits until the regular expression has come; its match."""
        end = time.monotonic() + seconds
        while True:
            if match := re.search(pattern, self.rest):
                self.rest = self.rest[match.end():]
                return match
            left = end - time.monotonic()
            if left < 0 or not self.read(min(left, 1)) \
                    and self.process.poll() is not None:
                raise AssertionError(f"no {pattern!r} in {self.rest!r}, "
                                     f"last {self.output[-500:]!r}")

    def type(self, keys):
        os.write(self.terminal, keys)

    def prompt(self):
        self.expect(PROMPT)

    def run(self, line):
        """Types a line; what it printed up to the next prompt."""
        self.type(line + b"\r")
        self.expect(rb"\n")
        return self.result()

    def result(self):
        """What comes before the next prompt, without carriage returns."""
        text = self.expect(rb"(?s)^(.*?)[^\n]*[$#] $")[1]
        return text.replace(b"\r", b"")

    def finish(self, seconds=SECONDS):
        """The status that tools/qemu ends with."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still runs: {self.output[-500:]!r}")
            self.read(0.2)
        return self.process.returncode

    def close(self):
        """Ends what is still there, by the group that we made."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.terminal)
