#!/usr/bin/env python3
"""The shell's cases, run inside Larch by the shell itself: tests/sh."""

import os
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")

sys.stdout.flush()
os.execv(RUN, [RUN, "--cpus", "2", "--timeout", "300",
               "--add", os.path.join(TESTS, "sh") + ":/tests",
               "--", "sh", "/tests/run", "/bin/sh"])
