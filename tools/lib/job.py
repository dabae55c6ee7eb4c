"""Runs one command inside Larch; tools/run and the tests stand on this.

The guest's side of the bargain, held by the kernel and by init:
  LARCH_RUN=/.run   init runs the command whose arguments stand in that file,
                    each ended by NUL, on the console (no echo, output raw)
  LARCH_MARK=x      init writes x and a newline to the console right before:
                    what came earlier is the firmware's talk, not the job's
  log=semihost      the kernel's own log leaves by semihosting, not the UART
  budget=N          the kernel ends with status 124 after N guest seconds
The status comes through the test device at 0x100000, so it is QEMU's own.

Semihosting, as QEMU 7.2 takes it from S mode: three instructions, none of them
compressed, all in one page, a0 = 4 and a1 = a NUL-terminated string in memory
that is mapped (a0 = 3: a1 = the address of one character):
    slli x0, x0, 0x1f ; ebreak ; srai x0, x0, 7
Where semihosting is off, the ebreak is an ordinary breakpoint exception.
"""

import os
import re
import selectors
import signal
import subprocess
import sys
import time

import machine
import newc

PANIC, TIMEOUT, NO_BOOT = 125, 124, 126
# Nothing that speaks before the job says this by chance; and it is always the
# same, so that -icount runs are.
MARK = "larch-job-5f1d7c3a90e2"
END_OF_FILE = b"\x04"
# OpenSBI's banner, up to its last line.
FIRMWARE = re.compile(rb"\s*OpenSBI v.*\nBoot HART \S+ +: [^\n]*\n", re.S)

BANNER_SECONDS = 30 * machine.TIMEOUT_SCALE
# Host seconds that a guest second may take before QEMU is given up. With
# -icount a guest second is 10^9 instructions, however long they take.
HOST_SECONDS, HOST_SECONDS_ICOUNT = 4, 40


class Job:
    """What to run, and on which machine."""

    def __init__(self, argv, cpus=1, mem="128M"):
        self.argv = argv
        self.cpus = cpus
        self.mem = mem
        self.icount = False
        self.gdb = False
        self.drives = []
        self.append = ""
        self.timeout = 0          # guest seconds, 0: no limit
        self.archive = newc.Archive()
        self.stdin = None         # a file descriptor, or None

    def add_c_library(self):
        """What is linked dynamically needs musl, which the image leaves out."""
        loader = "/lib/ld-musl-riscv64.so.1"
        if (self.archive.mentions(loader.encode() + b"\0")
                and loader not in self.archive):
            self.archive.add_file(machine.C_LIBRARY, loader)

    def run(self, on_output, on_log):
        """Boots, runs, and returns the status; both callbacks take bytes."""
        return _Run(self, on_output, on_log).wait()


def _memory_file(data):
    fd = os.memfd_create("initramfs")
    with open(fd, "wb", closefd=False) as file:
        file.write(data)
    return fd


class _Run:
    def __init__(self, job, on_output, on_log):
        self.job = job
        self.on_output = on_output
        self.on_log = on_log
        self.held = b""           # console output before the mark
        self.marked = False
        self.booted = False
        self.recent = {"console": b"", "log": b""}
        self.typing = b""         # stdin on its way to the guest
        self.selector = selectors.DefaultSelector()
        self._start()

    # --- starting -----------------------------------------------------------

    def _initrd(self):
        """The base image, then what this job adds: a later entry wins."""
        with open(machine.INITRAMFS, "rb") as file:
            base = file.read()
        words = b"".join(os.fsencode(word) + b"\0" for word in self.job.argv)
        self.job.archive.add_bytes(".run", words)
        base += b"\0" * (-len(base) % newc.ALIGN)
        return _memory_file(base + self.job.archive.to_bytes())

    def _append(self):
        words = ["log=semihost", "LARCH_RUN=/.run",
                 "LARCH_MARK=" + MARK]
        if self.job.timeout:
            words.append(f"budget={self.job.timeout}")
        if self.job.append:
            words.append(self.job.append)
        return " ".join(words)

    def _start(self):
        initrd = self._initrd()
        log, log_end = os.pipe()
        command = machine.qemu_command(self.job, f"/dev/fd/{initrd}",
                                       self._append())
        command += [
            "-chardev", "stdio,id=console,signal=off",
            "-serial", "chardev:console", "-monitor", "none",
            "-chardev", f"file,id=log,path=/dev/fd/{log_end}",
            "-semihosting-config", "enable=on,target=native,chardev=log",
        ]
        self.qemu = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, pass_fds=(initrd, log_end))
        os.close(initrd)
        os.close(log_end)
        self.started = time.monotonic()
        self._watch(self.qemu.stdout.fileno(), self._read_console)
        self._watch(self.qemu.stderr.fileno(), self._read_complaint)
        self._watch(log, self._read_log)

    def _watch(self, fd, reader):
        self.selector.register(fd, selectors.EVENT_READ, reader)

    def _watch_stdin(self):
        """Once the job starts: firmware and drivers throw away early keys."""
        if self.job.stdin is None or self.job.icount:
            return
        try:
            self._watch(self.job.stdin, self._read_stdin)
        except PermissionError:   # a plain file: always ready, never pollable
            with open(self.job.stdin, "rb", closefd=False) as file:
                self._type(file.read(), ended=True)

    # --- what comes in ------------------------------------------------------

    def _read(self, fd):
        data = os.read(fd, 65536)
        if not data:
            self.selector.unregister(fd)
        return data

    def _note_banner(self, source, data):
        if self.booted:
            return
        self.recent[source] += data
        self.booted = machine.BANNER in self.recent[source]

    def _read_console(self, fd):
        data = self._read(fd)
        self._note_banner("console", data)
        if self.marked:
            self.on_output(data)
            return
        self.held += data
        before, mark, after = self.held.partition(MARK.encode())
        if mark and b"\n" in after:
            self.marked = self.booted = True    # even with loglevel=0
            self.held = before
            self._watch_stdin()
            self.on_output(after.partition(b"\n")[2])

    def _read_log(self, fd):
        data = self._read(fd)
        self._note_banner("log", data)
        self.on_log(data)

    def _read_complaint(self, fd):
        self.on_log(self._read(fd))

    # --- what goes out ------------------------------------------------------

    def _read_stdin(self, fd):
        data = self._read(fd)
        self._type(data, ended=not data)

    def _type(self, data, ended):
        """Queues keys for the guest; its tty takes ^D for the end of file.

        A ^D amid a line only ends the line, so an unfinished one gets two.
        """
        self.typing += data
        if ended:
            whole = not self.typing or self.typing.endswith(b"\n")
            self.typing += END_OF_FILE if whole else END_OF_FILE * 2
        keyboard = self.qemu.stdin.fileno()
        if self.typing and keyboard not in self.selector.get_map():
            os.set_blocking(keyboard, False)
            self.selector.register(keyboard, selectors.EVENT_WRITE,
                                   self._write_keys)

    def _write_keys(self, fd):
        try:
            self.typing = self.typing[os.write(fd, self.typing):]
        except BrokenPipeError:
            self.typing = b""
        if not self.typing:
            self.selector.unregister(fd)

    # --- the end ------------------------------------------------------------

    def _host_limit(self):
        """Host seconds after which the guest cannot be trusted to end."""
        if self.job.gdb:
            return float("inf")
        if not self.booted:
            return BANNER_SECONDS
        if not self.job.timeout:
            return float("inf")
        pace = HOST_SECONDS_ICOUNT if self.job.icount else HOST_SECONDS
        return (BANNER_SECONDS + pace * self.job.timeout
                * machine.TIMEOUT_SCALE)

    def _give_up(self):
        if self.booted:
            self.on_log(b"tools/run: the kernel did not end by itself when "
                        b"its budget was spent; killed\n")
            return TIMEOUT
        self.on_log(machine.NO_BANNER.encode())
        return NO_BOOT

    def _pump(self):
        """Carries bytes until QEMU closes its ends; None, or why it stopped."""
        while self._is_alive():
            left = self.started + self._host_limit() - time.monotonic()
            if left <= 0:
                return self._give_up()
            for key, _ in self.selector.select(min(left, 1)):
                key.data(key.fd)
        return None

    def _is_alive(self):
        return self.qemu.stdout.fileno() in self.selector.get_map()

    def wait(self):
        try:
            verdict = self._pump()
        finally:
            self._kill()
        # The pipes may hold last words.
        while ready := [key for key, event in self.selector.select(0)
                        if event & selectors.EVENT_READ
                        and key.fd != self.job.stdin]:
            for key in ready:
                key.data(key.fd)
        if not self.marked:
            self._show_held()
        return self._status() if verdict is None else verdict

    def _show_held(self):
        """The console of a boot that never came to its job."""
        text = FIRMWARE.sub(b"", self.held) if self.booted else self.held
        if text.strip():
            self.on_log(b"--- console before the job started ---\n" + text)

    def _kill(self):
        """SIGKILL: with -icount and every hart idle QEMU ignores SIGTERM."""
        try:
            self.qemu.wait(timeout=0 if sys.exc_info()[0] else 5)
        except subprocess.TimeoutExpired:
            self.qemu.send_signal(signal.SIGKILL)
            self.qemu.wait()

    def _status(self):
        status = self.qemu.returncode
        if self.booted and status >= 0:
            return status
        self.on_log(f"tools/run: QEMU ended with {status} before the kernel "
                    "had spoken\n".encode() if not self.booted else
                    f"tools/run: QEMU was killed by signal {-status}\n"
                    .encode())
        return NO_BOOT
