"""What is not kept for good: kinds of facts that nothing reads once they are old, and documents whose changes pass.

Promise: what is not named here stays. What is worth money, what the staff did to people and the entries that prove a
draw are never named; a test asks about every kind there is. An index knows these names: a new one is a new migration.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, literal_column

DAY_MS = 86_400_000

GATHERED = ("battle.like", "points.credit", "product.look", "topic.comments")
"""Counted elsewhere in the transaction that writes them; the row only tells a repeat of the same key."""
GATHERED_MS = 7 * DAY_MS
VOTES = ("battle.vote", "poll.vote", "topic.opinion")
"""One person's; read while what they are votes in is open, a few days at most. The result has the sums."""
FAVOURITES = ("product.favour",)
"""Read while the show runs, which may be months; in one that outlives them a tap counts again (docs/shelf.md)."""
PASSING_FACTS = (*GATHERED, *VOTES, *FAVOURITES)

PASSING_HISTORY = (
    "battle",
    "battle_search",
    "poll",
    "product",
    "question",
    "shelf",
    "show_record",
    "stage",
    "topic",
)
"""Kinds of documents whose changes nothing reads; what came of them is in the document."""

QUESTION = "question"
"""Documents that are deleted themselves: who asked what in a show."""

PEOPLE_MS = 400 * DAY_MS
"""Somebody not seen for more than a year is new; what was asked then, and picked, is gone too."""


def is_one_of(column: ColumnElement[str], kinds: Collection[str]) -> ColumnElement[bool]:
    """Whether a column is one of these.

    They are written into the statement: a parameter would keep databases from an index over them alone.
    """
    return column.in_([literal_column(f"'{kind}'") for kind in kinds])
