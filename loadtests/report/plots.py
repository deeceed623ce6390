"""Plots as inline SVG: lines over time and histograms. No script, so that they print and last.

Colours and fonts come from the page's style sheet by class; every plot carries its title and units as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

WIDTH: Final = 460
HEIGHT: Final = 190
LEFT: Final = 54
RIGHT: Final = 12
TOP: Final = 12
BOTTOM: Final = 26
_LABEL: Final = 34
"""Width that a label of an axis may take."""
_GAP_FACTOR: Final = 2.5

Point = tuple[float, float]
Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot."""

    name: str
    style: str
    """Class of the style sheet: `mid`, `high` or `top`."""
    points: Sequence[Point]


def draw_curves(curves: Sequence[Curve], unit: str, *, log: bool = False, limit: float | None = None) -> str:
    """Lines over seconds.

    Args:
        curves: what to draw.
        unit: of the values, for people.
        log: a logarithmic axis, as latencies need.
        limit: a value to mark as the one that must hold.
    """
    values = [value for curve in curves for _, value in curve.points]
    times = [at for curve in curves for at, _ in curve.points]
    if not values:
        return '<p class="none">nothing was measured</p>'
    top = max([*values, limit or 0.0])
    ticks = _choose_log_ticks(top) if log else _choose_ticks(top)
    low, high = (ticks[0], max(ticks[-1], top)) if log else (0.0, ticks[-1])
    place_y = _make_log_scale(low, high) if log else _make_scale(low, high)
    begin, end = min(times), max(max(times), min(times) + 1)

    def place_x(at: float) -> float:
        return LEFT + (at - begin) / (end - begin) * (WIDTH - LEFT - RIGHT)

    parts = [_draw_grid(ticks, place_y, unit), _draw_times(begin, end, place_x)]
    if limit is not None:
        y = place_y(limit)
        parts.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts += [_draw_curve(curve, place_x, place_y) for curve in curves]
    names = ", ".join(curve.name for curve in curves)
    return _wrap(parts, f"{names} in {unit} over seconds")


def draw_histogram(pairs: Sequence[tuple[int, int]], limit: float | None = None) -> str:
    """How many values (logarithmic) in which millisecond (logarithmic); `pairs` are lower edges and counts."""
    if not pairs:
        return '<p class="none">nothing was measured</p>'
    ticks = _choose_log_ticks(max([pairs[-1][0] + 1.0, limit or 0.0]))
    scale = _make_log_scale(ticks[0], ticks[-1])
    bins = _gather(pairs)
    most = max(bins.values())
    counts = _choose_log_ticks(most)
    place_y = _make_log_scale(0.7, max(counts[-1], most))

    def place_x(value: float) -> float:
        share = (HEIGHT - BOTTOM - scale(value)) / (HEIGHT - TOP - BOTTOM)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    parts = [_draw_grid(counts, place_y, "values")]
    for tick in ticks:
        x = min(place_x(tick), WIDTH - RIGHT - _LABEL / 2)
        parts.append(f'<text class="x" x="{x:.1f}" y="{HEIGHT - 8}">{_write(tick)} ms</text>')
    for edge, count in sorted(bins.items()):
        left, right, y = place_x(edge), place_x(edge * _BIN), place_y(count)
        parts.append(
            f'<rect class="bar" x="{left:.1f}" y="{y:.1f}" width="{max(0.5, right - left - 0.7):.1f}" '
            f'height="{HEIGHT - BOTTOM - y:.1f}"/>'
        )
    if limit is not None:
        x = place_x(limit)
        parts.append(f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    return _wrap(parts, "how many values in which millisecond")


_BIN: Final = 10 ** (1 / 12)


def _gather(pairs: Sequence[tuple[int, int]]) -> dict[float, int]:
    """Counts in twelve bins a decade, by their lower edge."""
    bins: dict[float, int] = {}
    for bucket, count in pairs:
        edge = _BIN ** math.floor(math.log(max(1, bucket)) / math.log(_BIN) + 1e-9)
        bins[edge] = bins.get(edge, 0) + count
    return bins


def _make_scale(low: float, high: float) -> Place:
    return lambda value: HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _make_log_scale(low: float, high: float) -> Place:
    span = math.log(high / low)
    return lambda value: HEIGHT - BOTTOM - math.log(max(value, low) / low) / span * (HEIGHT - TOP - BOTTOM)


def _choose_ticks(top: float) -> list[float]:
    """Four or so round numbers from 0 that reach the top."""
    raw = max(top, 1e-9) / 4
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw)
    return [step * number for number in range(math.ceil(top / step - 1e-9) + 1)] if top > 0 else [0.0, 1.0]


def _choose_log_ticks(top: float) -> list[float]:
    return [10.0**power for power in range(max(1, math.ceil(math.log10(max(top, 1.0)) - 1e-9)) + 1)]


def _draw_grid(ticks: Sequence[float], place_y: Place, unit: str) -> str:
    lines = []
    for tick in ticks:
        y = place_y(tick)
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        label = f"{_write(tick)} {unit}" if unit in ("ms", "%", "MB") else _write(tick)
        lines.append(f'<text class="y" x="{LEFT - 5}" y="{y + 3.5:.1f}">{escape(label)}</text>')
    return "".join(lines)


def _draw_times(begin: float, end: float, place_x: Place) -> str:
    ticks = [tick for tick in _choose_ticks(end) if begin <= tick <= end]
    return "".join(
        f'<text class="x" x="{place_x(tick):.1f}" y="{HEIGHT - 8}">{_write(tick)} s</text>' for tick in ticks
    )


def _draw_curve(curve: Curve, place_x: Place, place_y: Place) -> str:
    """A line, broken where nothing was measured for a while."""
    points = sorted(curve.points)
    steps = sorted(later[0] - earlier[0] for earlier, later in pairwise(points))
    gap = steps[len(steps) // 2] * _GAP_FACTOR if steps else math.inf
    path, before = [], -math.inf
    for at, value in points:
        path.append(f"{'M' if at - before > gap else 'L'}{place_x(at):.1f} {place_y(value):.1f}")
        before = at
    return f'<path class="{curve.style}" d="M{"".join(path)[1:]}"/>'


def _write(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"


def _wrap(parts: Sequence[str], title: str) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
