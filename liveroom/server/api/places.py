"""The `after` of pages in the order of the last change: a time and an id, which clients hand back as they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from liveroom.rooms.storage.room_documents import Place

After = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,16}:[a-z]_[0-9a-f]{16}$", description="`next` of the page before")
]


def read_place(after: str | None) -> Place | None:
    """Where the page before has ended."""
    if after is None:
        return None
    at_ms, _, id_ = after.partition(":")
    return Place(int(at_ms), id_)


def write_place(place: Place | None) -> str | None:
    """The `next` of a page."""
    return None if place is None else f"{place.updated_at_ms}:{place.id}"
