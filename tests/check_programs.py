#!/usr/bin/env python3
"""The everyday programs, tried inside Larch by its own shell: tests/bin."""

import os
import sys

TESTS = os.path.dirname(os.path.realpath(__file__))
RUN = os.path.join(TESTS, "../tools/run")

sys.stdout.flush()
os.execv(RUN, [RUN, "--cpus", "2", "--timeout", "300",
               "--add", os.path.join(TESTS, "bin") + ":/tests",
               "--", "sh", "/tests/run", "/bin"])
