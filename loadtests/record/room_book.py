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
    top: int = 0
    """The highest position anybody here knows of; once it is frozen, what came after it is not asked for."""
    is_frozen: bool = False
    ends: Counter[int] = field(default_factory=Counter)
    """Where readers stood who stayed to the end."""
    standing: int = 0
    """Readers who were there all the time and stayed to the end."""
    span: int = 0
    """Positions all readers passed since their joins, holes included."""
    faults: Counter[str] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)
    """Names of the values that readers here were told. Of this worker alone."""
    news: dict[str, Any] = field(default_factory=dict)
    """What users act upon: the poll that is open, the battle that runs. Of this worker alone."""

    def note_message(self, position: int, stamp: Stamp, receipts: int, last_ns: int) -> None:
        """So many readers have received it, the last of them at `last_ns` (run time)."""
        message = self.messages.setdefault(position, Message(stamp))
        message.receipts += receipts
        message.last_ns = max(message.last_ns, last_ns)

    def note_top(self, position: int) -> None:
        """Somebody knows that the room has come so far."""
        if not self.is_frozen:
            self.top = max(self.top, position)

    def close_reader(self, joined: int, position: int, holes: int, *, stayed: bool) -> None:
        """A reader is done: where it joined, where it stands, what it missed in between."""
        self.span += position - joined
        self.note_top(position)
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
            "top": self.top,
            "ends": list(self.ends.items()),
            "standing": self.standing,
            "span": self.span,
            "faults": dict(self.faults),
        }

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another worker saw in this room."""
        for at, kind, user, number, intended_ns, receipts, last_ns in packed["messages"]:
            self.note_message(at, Stamp(kind, user, number, intended_ns), receipts, last_ns)
        self.acked.update({at: (kind, user, number) for at, kind, user, number in packed["acked"]})
        self.top = max(self.top, packed["top"])
        self.ends.update(dict(packed["ends"]))
        self.standing += packed["standing"]
        self.span += packed["span"]
        self.faults.update(packed["faults"])


def count_not_shown(room: RoomBook) -> int:
    """Comments that were acked and are not where the ack said."""
    shown = {at: message.stamp[:3] for at, message in room.messages.items()}
    return sum(shown.get(at) != comment for at, comment in room.acked.items() if at <= room.top)


def count_repeated(room: RoomBook) -> int:
    """Comments that appeared at more than one position."""
    seen = Counter(message.stamp[:3] for message in room.messages.values())
    return seen.total() - len(seen)


def count_missing(rooms: Iterable[RoomBook]) -> int:
    """Events that readers who stayed did not have at the end although the room had come further."""
    return sum(max(0, room.top - end) * readers for room in rooms for end, readers in room.ends.items())
