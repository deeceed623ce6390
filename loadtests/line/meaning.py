"""Frames of a room, understood once however many viewers get them.

Everybody in a room receives the same bytes, so the meaning is kept under the bytes: for all readers but the first
a receipt costs a look-up and a time stamp. Exact, because only equal bytes are taken for equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, Final

import orjson

from loadtests.line.stamp import Stamp, read_stamp

NOTHING: Final = 0
"""`first` of a frame without events: it fits no position."""
GENERATION: Final = 2_048

Placed = tuple[int, Stamp]
"""Position in the room, and the stamp found there."""


class Meaning:
    """One distinct frame, and when it reached each reader."""

    __slots__ = ("arrivals", "first", "host_arrivals", "last", "likes", "room", "stamps")

    def __init__(self, frame: dict[str, Any]) -> None:
        """Understand an `events` or a `latest` frame."""
        self.room = str(frame["room"])
        self.arrivals = array("q")
        self.host_arrivals = array("q")
        self.first = self.last = NOTHING
        self.likes: int | None = None
        self.stamps: list[Placed] = []
        if frame["type"] == "events":
            self._read_events(frame)
        else:
            likes = frame["values"].get("likes")
            self.likes = None if likes is None else int(likes["total"])

    def _read_events(self, frame: dict[str, Any]) -> None:
        events = frame["events"]
        self.last = int(frame["seq"])
        self.first = self.last - len(events) + 1
        self.stamps = list(find_stamps(events, self.first))


def find_stamps(events: list[dict[str, Any]], first: int) -> Iterator[Placed]:
    """The stamped comments among events that begin at position `first`."""
    for position, event in enumerate(events, first):
        if event["kind"] == "comment.sent":
            stamp = read_stamp(event["data"]["text"])
            if stamp is not None:
                yield position, stamp


class Meanings:
    """Meanings by their bytes. Bounded: of two generations the older is forgotten when the newer is full."""

    def __init__(self) -> None:
        """Nothing understood yet."""
        self._young: dict[bytes, Meaning] = {}
        self._old: dict[bytes, Meaning] = {}
        self._told: list[Meaning] = []

    def find(self, payload: bytes) -> Meaning:
        """The meaning of an `events` or `latest` payload."""
        meaning = self._young.get(payload)
        return meaning if meaning is not None else self._renew(payload)

    def _renew(self, payload: bytes) -> Meaning:
        meaning = self._old.get(payload)
        if meaning is None:
            meaning = Meaning(orjson.loads(payload))
            self._told.append(meaning)
        if len(self._young) >= GENERATION:
            self._told.extend(self._old.values())
            self._old, self._young = self._young, {}
        self._young[payload] = meaning
        return meaning

    def take(self) -> list[Meaning]:
        """Every meaning that may have arrivals: the remembered ones, and those forgotten since the last time."""
        every = (*self._told, *self._young.values(), *self._old.values())
        self._told = []
        return [meaning for meaning in dict.fromkeys(every) if meaning.arrivals]
