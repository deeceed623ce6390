"""Parts that are read anew after a loss: what is stored counts, and what has changed meanwhile counts more."""

from __future__ import annotations

from typing import Any

import pytest

from liveroom.rooms.rules.parts import merge_parts


def view(version: int) -> dict[str, Any]:
    return {"id": "p", "version": version, "status": "open"}


@pytest.mark.parametrize(
    ("before", "loaded", "now", "shown"),
    [
        (1, 1, 1, 1),
        (1, 2, 1, 2),
        (None, 1, None, 1),
        (1, None, 1, None),
        (1, 2, 3, 3),
        (1, 1, None, None),
        (1, None, 2, 2),
        (None, None, 1, 1),
        (None, None, None, None),
    ],
    ids=[
        "nothing was lost",
        "a change was lost",
        "its beginning was lost",
        "its end was lost",
        "it changed while it was read",
        "it ended while it was read",
        "it changed after it was read as over",
        "it began while it was read",
        "there is nothing",
    ],
)
def test_of_what_was_shown_read_and_told_meanwhile_the_newest_is_shown(
    before: int | None, loaded: int | None, now: int | None, shown: int | None
) -> None:
    old, read, told, newest = (
        {} if version is None else {"polls": {"p": view(version)}} for version in (before, loaded, now, shown)
    )
    assert merge_parts(old, read, told) == newest
