"""Boards: absolute values of several things in one `latest` kind, told by any node (stock by campaign …).

Each entry of the map carries `n`, which grows with every change of it, so of two entries the one with the higher `n`
is newer, and the sum over the map is its version. Promise: what is told is never older than what was heard; a total of
a committed change is told also when the process that made it died before (`TotalsSender`). Bounded: above `MOST`
entries those with the fewest fields go, and their `n` stays in the sum under an empty name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from liveroom.realtime.backplane.base import Backplane
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "totals"
MOST = 64
TRIES = 4

Entry = Mapping[str, Any]
Entries = Mapping[str, Entry]


def total_message(room: str, kind: str, field: str, entries: Entries) -> Message:
    """The outbox message that tells entries of a board.

    Args:
        kind: the `latest` kind.
        field: of its value, which holds the map.
        entries: by name, each with `n`.
    """
    return Message(Lane(LANE, room), orjson.dumps([kind, field, entries]))


class Boards:
    """See the module."""

    def __init__(self, backplane: Backplane) -> None:
        self._backplane = backplane

    async def tell(self, room: str, kind: str, field: str, entries: Entries) -> None:
        """Tell entries together with those that are known already.

        Raises:
            BackplaneUnavailable: nothing was told.
        """
        for _ in range(TRIES):
            # Somebody else may tell at the same time, and of two values with the same sum one is lost.
            known = (await self._backplane.latest(room)).get(kind)
            before: Entries = orjson.loads(known)[field] if known else {}
            merged = merge(before, entries)
            if merged == before:
                return
            value = orjson.dumps({field: merged})
            await self._backplane.set_latest(room, kind, value, (sum(entry["n"] for entry in merged.values()), 0))


class TotalsSender:
    """Sends the rows of the lane `totals`: of many rows only what they come to."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Tell the newest entries.

        Raises:
            BackplaneUnavailable: they are told later.
        """
        told: dict[tuple[str, str], Entries] = {}
        for row in rows:
            kind, field, entries = orjson.loads(row.payload)
            told[(kind, field)] = merge(told.get((kind, field), {}), entries)
        for (kind, field), entries in told.items():
            await self._boards.tell(room, kind, field, entries)


def merge(known: Entries, newer: Entries) -> dict[str, Entry]:
    """The newest entry of each name."""
    merged = dict(known)
    for name, entry in newer.items():
        if name not in merged or merged[name]["n"] < entry["n"]:
            merged[name] = entry
    if len(merged) > MOST:
        # What is over is told by `n` alone, so it goes first; of the others those that have changed least.
        order = sorted(merged, key=lambda name: (len(merged[name]), merged[name]["n"]))
        gone = [name for name in order if name][: len(merged) - MOST]
        rest = sum(merged.pop(name)["n"] for name in gone)
        merged[""] = {"n": merged.get("", {"n": 0})["n"] + rest}
    return merged
