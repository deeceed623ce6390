"""What one worker saw in one room: every message with its receipts, every fault, where its readers ended.

Positions make loss visible: a reader's events follow each other by exactly one from its join to its end. The
master knows the last position of the room and so finds what is missing at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from loadtests.line.stamp import Stamp


@dataclass(slots=True)
class Message:
    """One stamped comment, and how far it got."""

    stamp: Stamp
    receipts: int = 0
    last_ns: int = 0


@dataclass(slots=True)
class RoomBook:
    """One room, as one worker saw it."""

    name: str
    messages: dict[int, Message] = field(default_factory=dict)
    """By position."""
    acked: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    """Positions the server named in its acks, and whose comment (kind, user, number) should be there."""
    curve: dict[tuple[int, int], Counter[int]] = field(default_factory=dict)
    """Arrivals, by millisecond, of a total of likes at readers who had another one before."""
    likes_given: list[tuple[int, int]] = field(default_factory=list)
    """Acked likes: when they were due, how many."""
    likes_before: int | None = None
    """The least total a reader found at its join."""
    likes_after: int = 0
    top: int = 0
    """The highest position anybody here knows of."""
    ends: Counter[int] = field(default_factory=Counter)
    """Where readers stood who stayed to the end."""
    span: int = 0
    """Positions all readers passed since their joins, holes included."""
    faults: Counter[str] = field(default_factory=Counter)

    def note_message(self, position: int, stamp: Stamp, receipts: int, last_ns: int) -> None:
        """So many readers have received it, the last of them at `last_ns` (run time)."""
        message = self.messages.setdefault(position, Message(stamp))
        message.receipts += receipts
        message.last_ns = max(message.last_ns, last_ns)

    def note_total(self, before: int, total: int, arrival_ms: int) -> None:
        """A reader who had `before` was told this total of likes."""
        self.curve.setdefault((before, total), Counter())[arrival_ms] += 1
        self.likes_after = max(self.likes_after, total)

    def note_first_total(self, total: int) -> None:
        """A reader found this total at its join."""
        self.likes_before = total if self.likes_before is None else min(self.likes_before, total)
        self.likes_after = max(self.likes_after, total)

    def close_reader(self, joined: int, position: int, holes: int, *, stayed: bool) -> None:
        """A reader is done: where it joined, where it stands, what it missed in between."""
        self.span += position - joined
        self.top = max(self.top, position)
        self.faults["lost"] += holes
        if stayed:
            self.ends[position] += 1

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "name": self.name,
            "messages": [
                [at, *message.stamp, message.receipts, message.last_ns] for at, message in self.messages.items()
            ],
            "acked": [[at, *comment] for at, comment in self.acked.items()],
            "curve": [[before, total, list(arrivals.items())] for (before, total), arrivals in self.curve.items()],
            "likes_given": self.likes_given,
            "likes_before": self.likes_before,
            "likes_after": self.likes_after,
            "top": self.top,
            "ends": list(self.ends.items()),
            "span": self.span,
            "faults": dict(self.faults),
        }

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another worker saw in this room."""
        for at, kind, user, number, intended_ns, receipts, last_ns in packed["messages"]:
            self.note_message(at, Stamp(kind, user, number, intended_ns), receipts, last_ns)
        self.acked.update({at: (kind, user, number) for at, kind, user, number in packed["acked"]})
        for before, total, arrivals in packed["curve"]:
            self.curve.setdefault((before, total), Counter()).update(dict(arrivals))
        self.likes_given += [(intended_ns, count) for intended_ns, count in packed["likes_given"]]
        if packed["likes_before"] is not None:
            self.note_first_total(packed["likes_before"])
        self.likes_after = max(self.likes_after, packed["likes_after"])
        self.top = max(self.top, packed["top"])
        self.ends.update(dict(packed["ends"]))
        self.span += packed["span"]
        self.faults.update(packed["faults"])


def count_not_shown(room: RoomBook) -> int:
    """Comments that were acked and are not where the ack said."""
    shown = {at: message.stamp[:3] for at, message in room.messages.items()}
    return sum(shown.get(at) != comment for at, comment in room.acked.items())


def count_repeated(room: RoomBook) -> int:
    """Comments that appeared at more than one position."""
    seen = Counter(message.stamp[:3] for message in room.messages.values())
    return seen.total() - len(seen)


def count_missing(rooms: Iterable[RoomBook]) -> int:
    """Events that readers who stayed did not have at the end although the room had come further."""
    return sum((room.top - end) * readers for room in rooms for end, readers in room.ends.items())
