"""TAP for test scripts: each function whose name begins with test_ is a point."""

import sys
import traceback


class Skip(Exception):
    """The point cannot be tested here; says why."""


def run_all(module):
    """Runs the tests of a module in order of definition; exits when done."""
    tests = [(name, function) for name, function in vars(module).items()
             if name.startswith("test_") and callable(function)]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, start=1):
        title = name[len("test_"):].replace("_", " ")
        try:
            function()
            print(f"ok {number} {title}")
        except Skip as reason:
            print(f"ok {number} {title} # SKIP {reason}")
        except Exception:  # a broken test is a failed test
            failed += 1
            print(f"not ok {number} {title}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
