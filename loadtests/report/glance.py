"""All kinds at a glance: one line each, and a bar from its median to its p99 beside the limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import Final

from loadtests.gate.figures import Line
from loadtests.plan.kinds import ACK, EACH, HOST, KINDS, LAST, OWN
from loadtests.plan.profiles import Limits
from loadtests.report.result import Result

WIDTH: Final = 240
HEIGHT: Final = 18
LEAST_MS: Final = 1.0
MOST_MS: Final = 2_000.0
_HEADS: Final = ("", "acts", "p50", "p99", "slowest", "host, own", "answer", "limit")


def draw_glance(result: Result) -> Iterator[str]:
    """The table of kinds."""
    yield '<div class="scroll"><table class="glance"><thead><tr><th>p99 in ms, from the intended moment</th>'
    yield "".join(f'<th class="n">{escape(head)}</th>' for head in _HEADS[1:])
    yield f"<th>{_draw_scale()}</th></tr></thead><tbody>"
    for kind in KINDS:
        row = _draw_kind(result, kind)
        if row:
            yield row
    yield "</tbody></table></div>"


def _draw_kind(result: Result, kind: str) -> str:
    """One kind; empty when nothing of it was measured, or nothing is judged but its answer."""
    figures = result.figures
    lines = {name: line for name in KINDS[kind].series if (line := figures.find(kind, name)) is not None}
    main = lines.get(EACH) or lines.get(ACK)
    if main is None:
        return ""
    limits = result.profile.limits_of(kind)
    apart = lines.get(HOST), lines.get(OWN)
    cells = [
        f'<td><b>{escape(kind)}</b> <span class="soft">{escape(KINDS[kind].says)}</span></td>',
        f'<td class="n">{figures.count_acts(kind):,}</td>',
        _cell(main.p50_ms, limits.p50_ms if EACH in lines else None),
        _cell(main.p99_ms, _limit_of(main, limits)),
        _cell(lines[LAST].p99_ms, limits.last_p99_ms) if LAST in lines else "<td></td>",
        _join(apart, limits),
        _cell(lines[ACK].p99_ms, limits.ack_p99_ms) if ACK in lines else "<td></td>",
        f'<td class="n soft">{_write(_limit_of(main, limits))}</td>',
        f"<td>{_draw_bar(main, _limit_of(main, limits))}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _limit_of(line: Line, limits: Limits) -> float | None:
    return limits.ack_p99_ms if line.series == ACK else limits.p99_ms


def _cell(value_ms: float, limit_ms: float | None) -> str:
    style = "" if limit_ms is None else " good" if value_ms <= limit_ms else " bad"
    return f'<td class="n{style}">{_write(value_ms)}</td>'


def _join(lines: tuple[Line | None, ...], limits: Limits) -> str:
    there = [line for line in lines if line is not None]
    if not there:
        return "<td></td>"
    held = all(limits.p99_ms is None or line.p99_ms <= limits.p99_ms for line in there)
    return f'<td class="n {"good" if held else "bad"}">{" · ".join(_write(line.p99_ms) for line in there)}</td>'


def _write(value_ms: float | None) -> str:
    return "" if value_ms is None or math.isnan(value_ms) else f"{value_ms:g}"


def _place(value_ms: float) -> float:
    share = math.log(min(max(value_ms, LEAST_MS), MOST_MS) / LEAST_MS) / math.log(MOST_MS / LEAST_MS)
    return 2 + share * (WIDTH - 4)


def _draw_scale() -> str:
    texts = "".join(f'<text class="x" x="{_place(at):.0f}" y="13">{at}</text>' for at in (10, 100, 600))
    return f'<svg class="bar" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{texts}</svg>'


def _draw_bar(line: Line, limit_ms: float | None) -> str:
    """Thick from the median to p99, thin on to the slowest."""
    p50, p99, most = (_place(value) for value in (line.p50_ms, line.p99_ms, line.max_ms))
    middle = HEIGHT / 2
    label = f"p50 {line.p50_ms:g} ms, p99 {line.p99_ms:g} ms, slowest {line.max_ms:g} ms"
    parts = [
        f'<line class="grid" x1="{_place(at):.1f}" x2="{_place(at):.1f}" y1="0" y2="{HEIGHT}"/>' for at in (10, 100)
    ]
    parts.append(f'<line class="rest" x1="{p99:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}"/>')
    style = "over" if limit_ms is not None and line.p99_ms > limit_ms else "span"
    parts.append(
        f'<rect class="{style}" x="{p50:.1f}" y="{middle - 4}" width="{max(2.0, p99 - p50):.1f}" height="8" rx="2"/>'
    )
    if limit_ms is not None:
        parts.append(
            f'<line class="limit" x1="{_place(limit_ms):.1f}" x2="{_place(limit_ms):.1f}" y1="1" y2="{HEIGHT - 1}"/>'
        )
    return f'<svg class="bar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
