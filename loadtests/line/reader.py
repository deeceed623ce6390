"""One viewer's place in one room: what it has seen, and that nothing is missing, doubled or out of order."""

from __future__ import annotations

from typing import Any, Final

from loadtests.line.meaning import NOTHING, Meaning
from loadtests.record.room_book import RoomBook

_MS: Final = 1_000_000


class Reader:
    """A reader that joined at a position."""

    __slots__ = ("_holes", "book", "epoch", "is_host", "joined", "likes", "offset_ns", "position")

    def __init__(self, book: RoomBook, answer: dict[str, Any], offset_ns: int, *, is_host: bool = False) -> None:
        """Take a place.

        Args:
            book: where its room is accounted for.
            answer: the room's part of `connected`.
            offset_ns: from this worker's clock to the run's.
            is_host: whether it is a host's place.
        """
        self.book = book
        self.epoch = str(answer["epoch"])
        self.joined = self.position = int(answer["seq"])
        self.likes = int(answer.get("totals", {}).get("likes", {}).get("total", 0))
        self.offset_ns = offset_ns
        self.is_host = is_host
        self._holes: set[int] = set()
        book.note_first_total(self.likes)

    def see(self, meaning: Meaning, now_ns: int) -> None:
        """A frame of the room has arrived, at this time of the worker's clock."""
        if meaning.first == self.position + 1:
            self.position = meaning.last
        elif meaning.first != NOTHING:
            if not self._settle(meaning.first, meaning.last):
                return
        elif meaning.likes is not None and meaning.likes != self.likes:
            self.book.note_total(self.likes, meaning.likes, (now_ns + self.offset_ns) // _MS)
            self.likes = meaning.likes
            return
        meaning.arrivals.append(now_ns)
        if self.is_host:
            meaning.host_arrivals.append(now_ns)

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
        self._take_total(answer)
        return recovered

    def _take_total(self, answer: dict[str, Any]) -> None:
        """The total after a cut: when its likes would have arrived is not known, so they are not measured here."""
        self.likes = int(answer.get("totals", {}).get("likes", {}).get("total", self.likes))
        self.book.likes_after = max(self.book.likes_after, self.likes)

    def finish(self, *, stayed: bool) -> None:
        """Give the account: nothing is read any more."""
        self.book.close_reader(self.joined, self.position, len(self._holes), stayed=stayed)
        self._holes.clear()
