"""The checks as JUnit XML, which build servers show as tests: what did not hold is a failure."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from loadtests.gate.judge import MEANING, Check
from loadtests.report.result import Result


def write_junit(result: Result) -> str:
    """One test suite with a case for each check."""
    checks = result.verdict.checks
    failures = len(result.verdict.failures)
    name = quoteattr(f"loadtest {result.facts.profile}")
    head = f'<testsuite name={name} tests="{len(checks)}" failures="{failures}" errors="0" skipped="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_write_case, checks), "</testsuite>", ""])


def _write_case(check: Check) -> str:
    head = f"  <testcase classname={quoteattr(MEANING[check.code])} name={quoteattr(check.name)}"
    if check.held:
        return f"{head}/>"
    message = f"{check.found}, allowed {check.allowed}"
    return (
        f'{head}><failure message={quoteattr(message)} type="exit {check.code}">{escape(message)}</failure></testcase>'
    )
