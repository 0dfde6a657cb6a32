"""Runs the launcher's tests: run_tests.py [NAME...], a name as unittest takes it (test_foreign, test_foreign.ForeignTest.test_x).

LAUNCHER_REPORT=FILE: writes what ran there too, in the form of Surefire's reports.
"""
import os
import sys
import time
import unittest
from xml.sax.saxutils import quoteattr

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


def write_report(file, result, seconds):
    failed = [(test, "failure") for test, _ in result.failures] + [(test, "error") for test, _ in result.errors]
    with open(file, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(
            f'<testsuite name="launcher" time="{seconds:.3f}" tests="{result.testsRun}" errors="{len(result.errors)}"'
            f' skipped="{len(result.skipped)}" failures="{len(result.failures)}">\n'
        )
        for test, kind in failed:
            out.write(f"  <testcase name={quoteattr(str(test))}><{kind}/></testcase>\n")
        for test, reason in result.skipped:
            out.write(f"  <testcase name={quoteattr(str(test))}><skipped message={quoteattr(reason)}/></testcase>\n")
        out.write("</testsuite>\n")


def main():
    sys.path.insert(0, HERE)
    launcher_case.LauncherCase.build = launcher_case.Build()
    try:
        loader = unittest.TestLoader()
        suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(HERE, "test_*.py")
        began = time.monotonic()
        result = unittest.TextTestRunner(resultclass=Timed).run(suite)
        for test, reason in result.skipped:
            print(f"SKIPPED {test}: {reason}", file=sys.stderr)
        if os.environ.get("LAUNCHER_REPORT"):
            write_report(os.environ["LAUNCHER_REPORT"], result, time.monotonic() - began)
    finally:
        launcher_case.LauncherCase.build.remove()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
