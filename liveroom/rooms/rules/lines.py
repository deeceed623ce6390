"""Texts of one line that people fill in: titles, names, choices.

Promise: a text fits its field. Normalising can make it longer than it came, so what is too long then is cut.
"""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.text import one_line, shorten


def fit_line(text: str, chars: int) -> str:
    """The text as it is shown, at most `chars` characters; empty when nothing of it is visible."""
    return shorten(one_line(text), chars)


def clean_line(text: str, chars: int, field: str, what: str = "text") -> str:
    """As `fit_line`, of a text that is needed.

    Args:
        field: where it was given.
        what: how people call it.

    Raises:
        Refusal: `invalid_field`, nothing of it is visible.
    """
    clean = fit_line(text, chars)
    if not clean:
        raise Refusal(ErrorCode.INVALID_FIELD, f"the {what} has no visible character", field=field)
    return clean
