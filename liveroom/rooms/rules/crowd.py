"""The order of those who are in a room, and a page of it (L32).

Promise: one order on every node, so that pages of several nodes can be merged: level, level in the fan club, user id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from liveroom.rooms.messages.people import Visitor

Place = tuple[int, int, str]
"""The order as a key that sorts upwards."""


class CrowdPage(NamedTuple):
    """Some people in their order, and where the next page begins; None: this is the last."""

    people: tuple[Visitor, ...]
    after: str | None


def place_of(user: Visitor) -> Place:
    """Where somebody stands in the order."""
    return -user.level, -(user.club or 0), user.id


def write_place(user: Visitor) -> str:
    """A place as a page's `next` names it."""
    return f"{user.level}:{user.club or 0}:{user.id}"


def read_place(after: str) -> Place:
    """The place that `write_place` wrote."""
    level, club, user_id = after.split(":", 2)
    return -int(level), -int(club), user_id


def merge(lists: Iterable[Sequence[Visitor]], limit: int) -> CrowdPage:
    """One page of several lists, each the beginning of what follows the same place, at most `limit` + 1 long.

    Somebody who is on two nodes is one person; where they are known with two levels, the higher counts.
    """
    first: dict[str, Visitor] = {}
    for user in sorted((user for each in lists for user in each), key=place_of):
        first.setdefault(user.id, user)
    people = tuple(first.values())
    page = people[:limit]
    return CrowdPage(page, write_place(page[-1]) if len(people) > limit else None)


def cut(page: CrowdPage, limit: int) -> CrowdPage:
    """The first `limit` people of a page."""
    if len(page.people) <= limit:
        return page
    people = page.people[:limit]
    return CrowdPage(people, write_place(people[-1]))
