#!/usr/bin/env python3
"""Runs tests, judges what they print (TAP), and sums up.

  tests/run.py [--only NAME] [--rows TABLE] [--host PROGRAM...]
               [--guest PROGRAM...]

Host programs run here. Guest programs are booted into Larch, once for each
number of harts, through the machinery of tools/run. A guest test passes when
it keeps its plan, has no `not ok', exits with 0, and the kernel's log shows
neither a panic nor a leak. Its source may say how it wants to be run:

  /* run: cpus=1,4 mem=64M timeout=60 with=folder append=loglevel=7 */

An empty cpus leaves the test to a script that needs it (tests/check_*.py).
timeout is in guest seconds; with names a folder of built files that goes along
to /tests; append takes the rest of the line. Tests share the
host's cores, two at a time: one that failed is run once more when it has them to
itself, unless the kernel panicked or the test bailed out. If it passes then, the
second run counts, and it is named as unstable. With a table of rows (tests/rows)
each row must have a test that passed, or counts as failed; --only switches that
off. The last line of output is `N passed, N failed, N skipped', counted in test
points.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(TESTS, "../tools/lib"))
sys.path.insert(0, os.path.join(TESTS, "lib"))
import job as jobs  # noqa: E402
import machine  # noqa: E402
import rows  # noqa: E402

PARALLEL = 2                      # QEMUs or host programs at a time
REMARKS, LAST_LINES = 60, 30      # how much of a failure is shown
HOST_SECONDS = 300                # for one host program
DEFAULTS = {"cpus": "1,4", "mem": "128M", "timeout": "60", "with": "",
            "append": ""}
ALARMS = re.compile(rb"panic|leaked|kernel stack overflow", re.I)

POINT = re.compile(r"^(not )?ok\b *\d*[- ]*(.*)$", re.M)
PLAN = re.compile(r"^1\.\.(\d+)", re.M)
SKIP = re.compile(r"#\s*skip", re.I)


class Verdict:
    """What one run of one test came to."""

    def __init__(self, name):
        self.name = name
        self.passed = self.failed = self.skipped = 0
        self.names = []           # of the points that passed
        self.faults = []          # what is wrong beyond single points
        self.output = b""
        self.log = b""
        self.seconds = 0.0

    def judge(self, status):
        text = self.output.decode(errors="replace").replace("\r\n", "\n")
        for point in POINT.finditer(text):
            if SKIP.search(point[2]):
                self.skipped += 1
            elif point[1]:
                self.failed += 1
            else:
                self.passed += 1
                self.names.append(point[2])
        self._judge_plan(PLAN.findall(text))
        if "Bail out!" in text:
            self.faults.append("bailed out")
        if status:
            self.faults.append(f"status {status}" + STATUS.get(status, ""))
        if alarm := ALARMS.search(self.log):
            line = self.log[self.log.rfind(b"\n", 0, alarm.start()) + 1:]
            self.faults.append("kernel log: "
                               + line.split(b"\n")[0].decode(errors="replace"))

    def _judge_plan(self, plans):
        points = self.passed + self.failed + self.skipped
        planned = sum(int(plan) for plan in plans)
        if not plans:
            self.faults.append("no plan")
        elif planned != points:
            self.faults.append(f"planned {planned}, reported {points}")

    def is_forgivable(self):
        """Can the load of the host have done it?"""
        final = ("panic", "kernel log", "bailed out")
        return self.failed and not any(word in fault for fault in self.faults
                                       for word in final)

    def settle(self):
        """A fault without a failed point is a failure all the same."""
        if self.faults and not self.failed:
            self.failed = 1
        return self


STATUS = {
    jobs.TIMEOUT: " (guest time is up)",
    jobs.PANIC: " (kernel panic)",
    jobs.NO_BOOT: " (did not boot)",
}


def read_options(program):
    """The `run:' comment of a guest test's source, over the defaults."""
    source = os.path.join(TESTS, "user", os.path.basename(program) + ".c")
    options = dict(DEFAULTS)
    with open(source, encoding="utf-8") as file:
        line = re.search(r"\brun: *(.*?) *(\*/)?$", file.read(4096), re.M)
    if not line or "=" not in line[1]:
        return options
    words, _, append = line[1].partition("append=")
    options.update(word.split("=", 1) for word in words.split())
    options["append"] = append
    unknown = set(options) - set(DEFAULTS)
    if unknown:
        raise machine.UsageError(f"{source}: run: knows no {unknown}")
    return options


def run_guest(program, cpus, options):
    name = os.path.basename(program)
    verdict = Verdict(f"{name} cpus={cpus}")
    job = jobs.Job([f"/tests/{name}"], cpus, options["mem"])
    job.timeout = int(options["timeout"])
    job.append = options["append"]
    job.archive.add_file(program, f"tests/{name}")
    if folder := options["with"]:
        job.archive.add_tree(os.path.join(os.path.dirname(program), folder),
                             f"tests/{folder}")
        job.add_c_library()

    def keep_output(data):
        verdict.output += data

    def keep_log(data):
        verdict.log += data

    started = time.monotonic()
    status = job.run(keep_output, keep_log)
    verdict.seconds = time.monotonic() - started
    verdict.judge(status)
    return verdict.settle()


def run_host(program):
    verdict = Verdict(os.path.basename(program))
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    started = time.monotonic()
    try:
        done = subprocess.run(
            [program], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=HOST_SECONDS * machine.TIMEOUT_SCALE)
        verdict.output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        verdict.output, status = late.stdout or b"", "timeout"
    except OSError as error:
        verdict.output, status = str(error).encode(), "none"
    verdict.seconds = time.monotonic() - started
    # cmocka's status is its number of failures: the points tell more.
    verdict.judge(status)
    return verdict.settle()


def plan_runs(args):
    """(function, arguments) for each run that is wanted."""
    for program in choose(args.host, args.only):
        yield run_host, (program,)
    for program in choose(args.guest, args.only):
        options = read_options(program)
        for cpus in filter(None, options["cpus"].split(",")):
            yield run_guest, (program, int(cpus), options)


def choose(programs, only):
    """All, or the one of that name, or those that have it in their name."""
    if not only:
        return programs
    exact = [p for p in programs
             if os.path.basename(p) in (only, "test_" + only)]
    return exact or [p for p in programs if only in os.path.basename(p)]


def show(title, lines):
    if lines:
        print(f"    --- {title} ---")
        for line in lines:
            print(f"    {line}")


def failed_points(lines):
    """Each `not ok' with the remarks right before and after it."""
    wanted = set()
    for number, line in enumerate(lines):
        if not line.startswith("not ok"):
            continue
        wanted.add(number)
        for step in (-1, 1):
            at = number + step
            while (0 <= at < len(lines) and lines[at].startswith("#")
                   and abs(at - number) <= REMARKS):
                wanted.add(at)
                at += step
    return [lines[number] for number in sorted(wanted)]


def explain(verdict):
    for fault in verdict.faults:
        print(f"      {fault}")
    output = verdict.output.decode(errors="replace").splitlines()
    log = verdict.log.decode(errors="replace").splitlines()
    points = failed_points(output)
    show("failed points", points)
    if not points:
        show("output, last lines", output[-LAST_LINES:])
    show("kernel log, last lines", log[-LAST_LINES:])


def report(verdict):
    word = "FAIL" if verdict.failed else "ok"
    counts = f"{verdict.passed} passed"
    if verdict.failed:
        counts += f", {verdict.failed} failed"
    if verdict.skipped:
        counts += f", {verdict.skipped} skipped"
    print(f"{word:5} {verdict.name:32} {counts} ({verdict.seconds:.1f} s)")
    if verdict.failed:
        explain(verdict)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", metavar="NAME")
    parser.add_argument("--rows", metavar="TABLE")
    parser.add_argument("--host", nargs="*", default=[], metavar="PROGRAM")
    parser.add_argument("--guest", nargs="*", default=[], metavar="PROGRAM")
    args = parser.parse_args()
    runs = list(plan_runs(args))
    if not runs:
        print(f"no test matches '{args.only}'")
        return 2
    verdicts = run_all(runs)
    totals = [sum(getattr(verdict, count) for verdict in verdicts)
              for count in ("passed", "failed", "skipped")]
    if args.rows and not args.only:
        totals[1] += count_rows(args.rows, verdicts)
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] else 0


def count_rows(table, verdicts):
    """How many rows should have a test that passed, and have none."""
    table = rows.read_table(table)
    missing = rows.uncovered(
        table, (name for verdict in verdicts for name in verdict.names))
    wanted = sum(not rows.is_left_out(row) for row in table.values())
    for row in missing:
        print(f"no passing test: {row.name} {row.feature}")
    print(f"rows: {wanted - len(missing)} of {wanted} have a passing test")
    return len(missing)


def run_all(runs):
    """The verdicts that count."""
    verdicts, again = [], []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        futures = {pool.submit(function, *arguments): (function, arguments)
                   for function, arguments in runs}
        for future in concurrent.futures.as_completed(futures):
            verdict = future.result()
            report(verdict)
            if verdict.is_forgivable():
                again.append(futures[future])
            else:
                verdicts.append(verdict)
    for function, arguments in again:
        verdict = function(*arguments)
        if not verdict.failed:
            verdict.name += " (unstable)"
        report(verdict)
        verdicts.append(verdict)
    return verdicts


if __name__ == "__main__":
    try:
        sys.exit(main())
    except machine.UsageError as error:
        sys.exit(f"tests/run.py: {error}")
