"""One viewer's place in one room: what it has seen, and that nothing is missing, doubled or out of order."""

from __future__ import annotations

from typing import Any, Final

from loadtests.line.contents import read_events, read_totals
from loadtests.line.meaning import NOTHING, Meaning
from loadtests.plan.kinds import KINDS
from loadtests.record.ledger import Ledger

_MS: Final = 1_000_000
OTHER_START: Final = ("coupon",)
"""Kinds whose value does not begin with zero."""
NEVER_FALLS: Final = ("like", "gift")
"""Kinds of which each frame is newer than the one before. The others are entries of a map: of two entries the one with
the higher `n` is newer, and an older one may follow it (docs/protocol.md)."""


class Reader:
    """A reader that joined at a position."""

    __slots__ = (
        "_holes",
        "_ledger",
        "book",
        "epoch",
        "is_host",
        "is_passing",
        "joined",
        "offset_ns",
        "position",
        "totals",
    )

    def __init__(
        self,
        ledger: Ledger,
        room: str,
        answer: dict[str, Any],
        offset_ns: int,
        *,
        is_host: bool = False,
        is_passing: bool = False,
    ) -> None:
        """Take a place.

        Args:
            ledger: where all is accounted for.
            room: its room.
            answer: the room's part of `connected`.
            offset_ns: from this worker's clock to the run's.
            is_host: whether it is a host's place.
            is_passing: whether it comes while the show runs: then it may have missed what was over before.
        """
        self._ledger = ledger
        self.book = ledger.room(room)
        self.epoch = str(answer["epoch"])
        self.joined = self.position = int(answer["seq"])
        self.offset_ns = offset_ns
        self.is_host = is_host
        self.is_passing = is_passing
        self._holes: set[int] = set()
        self.totals = read_totals(answer.get("totals", {}), room)
        """The newest value of each that this reader was told."""
        for name, value in self.totals.items():
            ledger.total(name).note_first(value)
            self.book.told.add(name)

    def see(self, meaning: Meaning, now_ns: int) -> None:
        """A frame of the room has arrived, at this time of the worker's clock."""
        if meaning.totals:
            self._follow(meaning.totals, (now_ns + self.offset_ns) // _MS)
        if meaning.first == self.position + 1:
            self.position = meaning.last
        elif meaning.first == NOTHING or not self._settle(meaning.first, meaning.last):
            return
        if meaning.news:
            self.book.news.update(meaning.news)
        meaning.arrivals.append(now_ns)
        if self.is_host:
            meaning.host_arrivals.append(now_ns)

    def _follow(self, totals: dict[str, int], arrival_ms: int) -> None:
        """Note the values that are new to this reader."""
        for name, value in totals.items():
            known = self.totals.get(name)
            if known == value:
                continue
            self.totals[name] = value
            total = self._ledger.total(name)
            if known is not None and value < known and total.kind in NEVER_FALLS:
                self.book.faults[f"{KINDS[total.kind].many} fell"] += 1
            if known is None:
                self.book.told.add(name)
                known = total.before if total.kind in OTHER_START else 0
            if known is None:
                total.note_first(value)
            else:
                total.note_first(known)
                total.note(known, value, arrival_ms)

    def _settle(self, first: int, last: int) -> bool:
        """Account for positions that do not follow; False when all of them were here already."""
        before = self.position
        repaired = self._holes & set(range(first, last + 1))
        self._holes -= repaired
        self.book.faults["reordered"] += len(repaired)
        self._holes.update(range(before + 1, first))
        self.position = max(before, last)
        fresh = len(repaired) + self.position - before - max(0, first - before - 1)
        self.book.faults["doubled"] += last - first + 1 - fresh
        return fresh > 0

    def resume(self, answer: dict[str, Any]) -> bool:
        """Go on after a cut; False when the server could not give everything that was missed."""
        seq = int(answer["seq"])
        missed = seq - self.position
        given = len(answer.get("events", ()))
        recovered = answer.get("recovered") is True and answer["epoch"] == self.epoch
        if not recovered or given != missed:
            self.book.faults["lost"] += max(0, missed - (given if recovered else 0))
            self.book.faults["not recovered"] += 1
        self.epoch = str(answer["epoch"])
        self.position = seq
        # When what these values hold would have arrived is not known, so it is not measured here.
        told = read_events(answer.get("events", []), seq - given + 1).totals
        told |= read_totals(answer.get("totals", {}), self.book.name)
        for name, value in told.items():
            self.totals[name] = value
            self._ledger.total(name).note_last(value)
        return recovered

    def freeze(self) -> None:
        """What this reader has by now, all others have to have in the end."""
        self.book.note_top(self.position)

    @property
    def is_behind(self) -> bool:
        """Whether something that others have has not come yet: an event, or a newer value."""
        if self.position < self.book.top:
            return True
        return not self.is_passing and any(map(self._is_outdated, self.book.told))

    def _is_outdated(self, name: str) -> bool:
        total = self._ledger.total(name)
        return self.totals.get(name, total.before or 0) != total.after

    def finish(self, *, stayed: bool) -> None:
        """Give the account: nothing is read any more."""
        self.book.close_reader(self.joined, self.position, len(self._holes), stayed=stayed)
        self._holes.clear()
        if stayed and not self.is_passing:
            self.book.standing += 1
            for name, value in self.totals.items():
                self._ledger.total(name).note_end(self.book.name, value)
