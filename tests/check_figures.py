#!/usr/bin/env python3
"""What Larch promises in figures: size, memory left, and time to a shell.

Instructions are counted by -icount, so the figures do not depend on the host.
What one operation costs is printed by `make bench'.
"""

import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")
BENCH = os.path.join(TESTS, "../tools/bench")
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "../tools/lib")]
import machine  # noqa: E402
import tap  # noqa: E402

IMAGE_KIB = 400
FREE_PERCENT = 96
BOOT_INSTRUCTIONS = 10_000_000
MARK = "the shell runs"


def boot(script):
    """(output, log) of a shell on one hart, an instruction a nanosecond."""
    done = subprocess.run([RUN, "--icount", "--timeout", "20", "--",
                           "sh", "-c", script], capture_output=True,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done
    return (done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"))


def test_kernel_image_is_small():
    sizes = subprocess.run(["riscv64-unknown-elf-size", machine.KERNEL],
                           capture_output=True, check=True)
    text, data = map(int, sizes.stdout.split()[6:8])
    assert text + data <= IMAGE_KIB * 1024, f"{text + data} bytes"
    print(f"# {(text + data) / 1024:.0f} KiB of text and data")


def test_most_memory_is_free_at_the_prompt():
    output, log = boot("cat /proc/meminfo")
    free = int(re.search(r"MemFree: +(\d+) kB", output)[1])
    # What the device tree gives: the banks of the boot log.
    total = sum(int(mib) for mib in re.findall(r"-0x\w+ \((\d+) MiB\)", log))
    assert free * 100 >= total * 1024 * FREE_PERCENT, (free, total)
    print(f"# {free * 100 / total / 1024:.1f} % free")


def test_shell_is_there_after_few_instructions():
    _, log = boot(f"echo {MARK} >/dev/kmsg")
    seconds = re.search(r"\[ *(\d+\.\d+)\] [^\[]*" + MARK, log)
    assert seconds, log
    instructions = float(seconds[1]) * 1e9
    assert instructions <= BOOT_INSTRUCTIONS, instructions
    print(f"# {instructions / 1e6:.1f} million instructions")


def test_dynamic_hello_costs_less_than_two_and_a_half_static_ones():
    """H-12: fork, exec and wait, in instructions."""
    folder = os.path.join(os.environ.get("LARCH_BUILD", "build"),
                          "tests/dynamic")
    programs = ["/d/hello-static", "/d/hello-pie"]
    done = subprocess.run([RUN, "--icount", "--timeout", "20", "--add",
                           folder + ":/d", "--", "/d/cost", *programs],
                          capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done
    static, dynamic = (int(n) for n in done.stdout.split()[1::2])
    assert dynamic <= 2.5 * static, (static, dynamic)
    print(f"# {static} and {dynamic}: {dynamic / static:.2f} times")


def test_C_24_messages_and_segments_keep_their_budgets():
    """A round trip through a channel costs at most half of a pipe's."""
    program = os.path.join(os.environ.get("LARCH_BUILD", "build"),
                           "user/bench/ipcbench")
    done = subprocess.run([BENCH, program], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    cost = {line.split()[0]: float(line.split()[1])
            for line in done.stdout.splitlines()[1:]}
    assert {"channel_roundtrip", "lwp_shm_page"} <= set(cost), cost
    assert cost["channel_roundtrip"] * 2 <= cost["pipe_roundtrip_32B"], cost
    print("#", ", ".join(f"{name} {n:.0f}" for name, n in cost.items()))


if __name__ == "__main__":
    tap.run_all(sys.modules[__name__])
