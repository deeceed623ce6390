"""Who is shown in which slot of a receiver.

Promise: whoever has a slot keeps it as long as he is to be shown; newcomers take the first free one in the order of
their seats; without a free one the last in order are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Person(NamedTuple):
    """Somebody who can be shown: a name in a room."""

    room: str
    user_id: str


def assign(slots: Sequence[Person | None], wanted: Sequence[Person]) -> list[Person | None]:
    """The slots anew; `wanted` is in the order of seats."""
    chosen = list(wanted[: len(slots)])
    after = [person if person in chosen else None for person in slots]
    waiting = [person for person in chosen if person not in after]
    for index, person in enumerate(after):
        if person is None and waiting:
            after[index] = waiting.pop(0)
    return after
