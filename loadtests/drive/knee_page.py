"""A climb as one HTML page: its steps, what each came to, and the highest that held. No script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from loadtests.drive.knee import Ascent, Step
from loadtests.gate.judge import HELD
from loadtests.report.markup import Row, draw_table, wrap_page

_WHAT: Final = {"lurkers": "by viewers", "rates": "by messages/s"}


def draw_knee(profile: str, ascents: Sequence[Ascent], command: str) -> str:
    """The whole page."""
    parts = [f"<h1>Climb «{escape(profile)}»</h1>", f'<p class="soft">{escape(command)}</p>']
    for ascent in ascents:
        parts += _draw_ascent(ascent)
    return wrap_page(f"Climb {profile}", "\n".join(parts))


def _draw_ascent(ascent: Ascent) -> Iterator[str]:
    yield f"<h2>Climbing {_WHAT[ascent.by]}</h2>"
    yield f'<div class="verdict code{ascent.exit_code}"><strong>{escape(ascent.says)}</strong></div>'
    heads = ("viewers", "messages/s", "comment p99 ms", "slowest receiver p99 ms", "", "report")
    yield draw_table(heads, [_make_row(step) for step in ascent.steps])


def _make_row(step: Step) -> Row:
    return (
        ("", f"{step.viewers:,}"),
        ("", f"{step.messages_per_s:g}"),
        ("", _write(step.comment_p99_ms)),
        ("", _write(step.last_p99_ms)),
        ("good" if step.exit_code == HELD else "bad", step.says),
        ("soft", f"{step.name}/report.html"),
    )


def _write(value_ms: float | None) -> str:
    return "" if value_ms is None else f"{value_ms:g}"
