"""Frames of a room, understood once however many viewers get them.

Everybody in a room receives the same bytes, so the meaning is kept under the bytes: for all readers but the first
a receipt costs a look-up and a time stamp. Exact, because only equal bytes are taken for equal.
"""

from __future__ import annotations

from array import array
from typing import Any, Final

import orjson

from loadtests.line.contents import Contents, read_events, read_totals

NOTHING: Final = 0
"""`first` of a frame without events: it fits no position."""
GENERATION: Final = 2_048


class Meaning:
    """One distinct frame, and when it reached each reader."""

    __slots__ = ("arrivals", "first", "host_arrivals", "last", "marks", "news", "room", "stamps", "totals")

    def __init__(self, frame: dict[str, Any]) -> None:
        """Understand an `events` or a `latest` frame."""
        self.room = str(frame["room"])
        self.arrivals = array("q")
        self.host_arrivals = array("q")
        self.first = self.last = NOTHING
        if frame["type"] == "events":
            events = frame["events"]
            self.last = int(frame["seq"])
            self.first = self.last - len(events) + 1
            found = read_events(events, self.first)
        else:
            found = Contents(totals=read_totals(frame["values"], self.room))
        self.stamps = found.stamps
        self.marks = found.marks
        self.totals = found.totals
        self.news = found.news


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
