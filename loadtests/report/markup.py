"""The pieces of the page that repeat: tables, and plots side by side. All text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

Row = Sequence[tuple[str, str]]
"""Cells: their class and their text."""
NO_NUMBERS: Final = 99


def draw_table(heads: Sequence[str], rows: Iterable[Row], numbers_from: int = NO_NUMBERS, style: str = "") -> str:
    """A table.

    Args:
        heads: of the columns.
        rows: what is in it.
        numbers_from: the first column with numbers, which stand to the right.
        style: class of the table; `narrow` for few columns.
    """
    head = "".join(
        f'<th class="{"n" if number >= numbers_from else ""}">{escape(text)}</th>' for number, text in enumerate(heads)
    )
    body = "".join(
        "<tr>" + "".join(f'<td class="{style_}">{escape(text)}</td>' for style_, text in row) + "</tr>" for row in rows
    )
    table = f'<table class="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def draw_figures(figures: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Plots with their titles, two in a row where there is room."""
    yield '<div class="grid2">'
    for title, plot in figures:
        yield f"<figure><h3>{escape(title)}</h3>{plot}</figure>"
    yield "</div>"
