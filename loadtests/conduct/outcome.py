"""From the sum of the ledgers to a verdict, a report, and a few lines on the terminal."""

from __future__ import annotations

from loadtests.bench.progress import Progress
from loadtests.conduct.options import Load
from loadtests.conduct.watch import Watch
from loadtests.gate.figures import Attendance, read_figures
from loadtests.gate.growth import find_growth
from loadtests.gate.judge import judge
from loadtests.gate.server_view import compare_views
from loadtests.record.ledger import Ledger
from loadtests.report.facts import Facts
from loadtests.report.result import Result
from loadtests.report.write import write_report


def conclude(load: Load, facts: Facts, ledger: Ledger, attendance: Attendance, watch: Watch) -> int:
    """Judge, write, tell; the exit code.

    Args:
        load: the limits, and where the report goes.
        facts: what the report says about the run.
        ledger: the sum of all workers.
        attendance: who was there.
        watch: the server's own numbers.
    """
    figures = read_figures(ledger, attendance, load.calibration_p99_ms)
    verdict = judge(figures, load.slo, load.profile)
    views = compare_views(figures, watch.samples)
    result = Result(
        facts,
        load.profile,
        figures,
        verdict,
        samples=tuple(watch.samples),
        views=tuple(views),
        growth=find_growth(watch.samples),
        unwatched=watch.refused,
    )
    page = write_report(result, load.directory)
    _tell(result)
    Progress().tell(f"{verdict.says} (exit {verdict.code}); report: {page}")
    return verdict.code


def _tell(result: Result) -> None:
    tell = Progress().tell
    for line in result.figures.lines:
        tell(
            f"  {line.kind:9}{line.series:5} p50 {line.p50_ms:5g} ms   p99 {line.p99_ms:5g} ms   "
            f"slowest {line.max_ms:5g} ms   of {line.count}"
        )
    for check in result.verdict.failures:
        tell(f"  not held ({check.code}): {check.name}: {check.found}, allowed {check.allowed}")
    for view in result.views:
        if view.differs:
            tell(f"  finding: {view.kind}, p99: {view.ours_ms:g} ms here, {view.server_ms:g} ms there; {view.says}")
    if result.growth is not None:
        tell(f"  finding: {result.growth.says}")
