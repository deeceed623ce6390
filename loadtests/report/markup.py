"""The pieces of pages that repeat: frame, tables, plots side by side. Text of tables and titles is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

Row = Sequence[tuple[str, str]]
"""Cells: their class and their text."""
NO_NUMBERS: Final = 99
_STYLE: Final = Path(__file__).with_name("style.css")


def wrap_page(title: str, body: str) -> str:
    """A whole page with this body, its style sheet in it."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


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
