"""The report as one HTML page: the verdict first, then why. No script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from loadtests.gate.figures import Line
from loadtests.gate.judge import WRONG
from loadtests.plan.kinds import ACK, EACH, KINDS, LAST
from loadtests.record.series import Series
from loadtests.report.glance import draw_glance
from loadtests.report.markup import Row, draw_figures, draw_table, wrap_page
from loadtests.report.plots import Curve, draw_curves, draw_histogram
from loadtests.report.result import Result
from loadtests.report.server_plots import STAGES, WHOLE, draw_server, list_stages
from loadtests.target.own_view import Sample

_KEY: Final = (
    '<p class="key soft"><span><i class="mid"></i>p50</span><span><i class="high"></i>p99</span>'
    '<span><i class="top"></i>slowest</span><span><i class="limit"></i>limit</span></p>'
)


def draw_page(result: Result) -> str:
    """The whole page."""
    title = f"Load test {result.facts.profile}: {result.verdict.says}"
    body = "\n".join(
        part
        for section in (
            _draw_head(result),
            draw_glance(result),
            _draw_time(result),
            _draw_server(result),
            _draw_completeness(result),
            _draw_latency(result),
            _draw_checks(result),
            _draw_facts(result),
        )
        for part in section
    )
    return wrap_page(title, body)


def _draw_head(result: Result) -> Iterator[str]:
    facts, profile, there = result.facts, result.profile, result.figures.attendance
    yield f"<h1>Load test «{escape(facts.profile)}»</h1>"
    rooms = "one room" if profile.rooms == 1 else f"{profile.rooms} rooms"
    yield f'<p class="soft">{escape(profile.says[:1].upper() + profile.says[1:])}.<br>'
    yield f"{there.users_joined:,} users in {rooms} · {profile.shape}, {profile.seconds:g} s measured after "
    yield f"{profile.warmup_s:g} s · seed {facts.seed} · {escape(facts.began_at[:16].replace('T', ' '))} UTC</p>"
    code = result.verdict.code
    says = result.verdict.says
    yield f'<div class="verdict code{code}"><strong>{escape(says[:1].upper() + says[1:])}</strong> (exit code {code})'
    failures = result.verdict.failures
    if failures:
        rows = [(("", check.name), ("bad", check.found), ("", check.allowed)) for check in failures]
        yield draw_table(("what", "found", "allowed"), rows)
    else:
        yield f"<p>All {len(result.verdict.checks)} checks held.</p>"
    yield "</div>"


def _draw_latency(result: Result) -> Iterator[str]:
    yield "<h2>All latencies</h2>"
    yield '<p class="soft">In milliseconds, from the intended moment of the act, whether the sender was in time or not.'
    yield "each: every receipt; last: the slowest receiver; host: at the host; own: what its sender alone is told; "
    yield "ack: the answer to the sender.</p>"
    heads = ("kind", "", "values", "p50", "p90", "p99", "p99.9", "slowest", "worst 10 s, p99")
    rows = [_make_line(result, line) for line in result.figures.lines]
    yield draw_table(heads, rows, numbers_from=2)


def _make_line(result: Result, line: Line) -> Row:
    limits = result.profile.limits_of(line.kind)
    by_series = {LAST: limits.last_p99_ms, ACK: limits.ack_p99_ms}
    limit_ms = by_series.get(line.series, limits.p99_ms)
    style = "" if limit_ms is None else "good" if line.p99_ms <= limit_ms else "bad"
    return (
        ("", line.kind),
        ("", line.series),
        ("n", f"{line.count:,}"),
        ("n", f"{line.p50_ms:g}"),
        ("n", f"{line.p90_ms:g}"),
        (f"n {style}", f"{line.p99_ms:g}"),
        ("n", f"{line.p999_ms:g}"),
        ("n", f"{line.max_ms:g}"),
        ("n", f"{line.ten_s_p99_ms:g}"),
    )


def _draw_time(result: Result) -> Iterator[str]:
    series = result.figures.series
    kinds = [kind for kind in KINDS if series.slots(kind, EACH)]
    yield "<h2>Latency over time</h2>"
    yield _KEY
    yield from draw_figures(
        (KINDS[kind].says, _draw_kind(series, kind, result.profile.limits_of(kind).p99_ms)) for kind in kinds
    )
    yield "<h2>How the latencies are spread</h2>"
    yield from draw_figures(
        (KINDS[kind].says, draw_histogram(series.total(kind, EACH).pairs(), result.profile.limits_of(kind).p99_ms))
        for kind in kinds
    )


def _draw_kind(series: Series, kind: str, limit_ms: float | None) -> str:
    slots = sorted(series.slots(kind, EACH).items())
    curves = [
        Curve(name, style, [(slot * series.slot_s, latency.percentile_ms(percent)) for slot, latency in slots])
        for name, style, percent in (("slowest", "top", 100), ("p99", "high", 99), ("p50", "mid", 50))
    ]
    return draw_curves(curves, "ms", log=True, limit=limit_ms)


def _draw_completeness(result: Result) -> Iterator[str]:
    figures = result.figures
    yield "<h2>Completeness</h2>"
    yield f"<p>All readers together should have seen {figures.expected:,} events, in order and once.</p>"
    checks = [check for check in result.verdict.checks if check.code == WRONG]
    rows = [(("", check.name), ("n good" if check.held else "n bad", check.found)) for check in checks]
    half = (len(rows) + 1) // 2
    yield '<div class="grid2">'
    yield from (draw_table(("what", "found"), part, numbers_from=1) for part in (rows[:half], rows[half:]) if part)
    yield "</div>"
    yield "<h2>Acts</h2>"
    acts: list[Row] = []
    for kind, sends in figures.sends.items():
        lag = f"{sends.lag.percentile_ms(99):g} ms" if sends.lag.count else "–"
        numbers = (sends.planned, sends.sent, sends.all_sent, sends.answered, sends.refused.total(), sends.unanswered)
        acts.append((("", kind), *(("n", f"{number:,}") for number in numbers), ("n", lag)))
    heads = ("kind", "planned", "sent", "sent, all", "answered", "refused", "no answer", "behind the plan, p99")
    yield draw_table(heads, acts, numbers_from=1)


def _draw_server(result: Result) -> Iterator[str]:
    yield "<h2>The server meanwhile</h2>"
    if len(result.samples) < 2:
        yield f'<p class="soft">Its metrics are not here. {escape(result.unwatched or "")}</p>'
        return
    yield from draw_figures(draw_server(result.samples))
    if result.growth is not None:
        yield f'<p class="finding">{escape(result.growth.says[:1].upper() + result.growth.says[1:])}.</p>'
    yield "<h3>Where the time goes: the way of a message, by its own histograms</h3>"
    yield _draw_stages(result.samples, STAGES)
    yield "<h3>Whole ways</h3>"
    yield _draw_stages(result.samples, WHOLE)
    if result.views:
        yield "<h3>Its delivery latency and ours, p99</h3>"
        rows = [
            (
                ("", view.kind),
                ("n", f"{view.ours_ms:g}"),
                ("n", f"{view.server_ms:g}"),
                ("bad" if view.differs else "", view.says),
            )
            for view in result.views
        ]
        yield draw_table(("kind", "here ms", "server ms", ""), rows, numbers_from=1)


def _draw_stages(samples: Sequence[Sample], wanted: Sequence[tuple[str, str, str]]) -> str:
    rows = [
        (("", says), ("n", f"{count:,}"), ("n", f"{p50:.2f}"), ("n", f"{p99:.2f}"))
        for says, count, p50, p99 in list_stages(samples, wanted)
    ]
    return draw_table(("", "times", "p50 ms", "p99 ms"), rows, numbers_from=1)


def _draw_checks(result: Result) -> Iterator[str]:
    yield f"<details><summary><h2>All {len(result.verdict.checks)} checks</h2></summary>"
    rows = [
        (("", check.name), ("good" if check.held else "bad", check.found), ("", check.allowed), ("n", str(check.code)))
        for check in result.verdict.checks
    ]
    yield draw_table(("what", "found", "allowed", "exit code if not"), rows)
    yield "</details>"


def _draw_facts(result: Result) -> Iterator[str]:
    facts = result.facts
    yield "<h2>The run</h2>"
    rows = [
        ("command", facts.command),
        ("target", facts.host),
        ("seed", str(facts.seed)),
        ("workers", str(facts.workers)),
        *((name, str(value)) for name, value in facts.machine.items()),
        ("versions", ", ".join(f"{name} {value}" for name, value in facts.versions.items())),
    ]
    yield draw_table(("", ""), [(("soft", name), ("", value)) for name, value in rows])
