"""Runs the launcher's tests: run_tests.py [NAME...], a name as unittest takes it (test_foreign, test_foreign.ForeignTest.test_x)."""
import os
import sys
import time
import unittest

import launcher_case

HERE = os.path.dirname(os.path.abspath(__file__))


class Timed(unittest.TextTestResult):
    """Names the tests that take long: the whole run is to stay below 40 s on a busy machine."""

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        taken = time.monotonic() - self.began
        if taken > 2:
            self.stream.writeln(f" {test} took {taken:.1f} s")
        super().stopTest(test)


def main():
    sys.path.insert(0, HERE)
    launcher_case.LauncherCase.build = launcher_case.Build()
    try:
        loader = unittest.TestLoader()
        suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(HERE, "test_*.py")
        result = unittest.TextTestRunner(resultclass=Timed).run(suite)
        for test, reason in result.skipped:
            print(f"SKIPPED {test}: {reason}", file=sys.stderr)
    finally:
        launcher_case.LauncherCase.build.remove()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
