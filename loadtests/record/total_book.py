"""One absolute value that viewers see change: the likes of a room, a score, what is left of a coupon.

What was given to it and what readers were told of it, so that both can be compared. Its name is its kind, a colon and
whose it is: `like:room`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TotalBook:
    """One value, as one worker saw it."""

    name: str
    curve: dict[tuple[int, int], Counter[int]] = field(default_factory=dict)
    """Arrivals, by millisecond, of a value at readers who had another one before."""
    given: list[tuple[int, int]] = field(default_factory=list)
    """Acked acts: when they were due, by how much they raise it."""
    before: int | None = None
    """The least value a reader began with."""
    after: int | None = None
    """The highest value anybody was told."""
    ends: dict[str, Counter[int]] = field(default_factory=dict)
    """By room: the last value of each reader who was there all the time and stayed to the end."""

    @property
    def kind(self) -> str:
        """Of interaction."""
        return self.name.partition(":")[0]

    def note(self, before: int, value: int, arrival_ms: int) -> None:
        """A reader who had `before` was told this value."""
        self.curve.setdefault((before, value), Counter())[arrival_ms] += 1
        self.note_last(value)

    def note_first(self, value: int) -> None:
        """A reader began with this value."""
        self.before = value if self.before is None else min(self.before, value)
        self.note_last(value)

    def note_last(self, value: int) -> None:
        """A reader has this value, and it is not known since when."""
        self.after = value if self.after is None else max(self.after, value)

    def note_end(self, room: str, value: int) -> None:
        """A reader who stayed ended with this value."""
        self.ends.setdefault(room, Counter())[value] += 1

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "name": self.name,
            "curve": [[before, value, list(arrivals.items())] for (before, value), arrivals in self.curve.items()],
            "given": self.given,
            "before": self.before,
            "after": self.after,
            "ends": {room: list(values.items()) for room, values in self.ends.items()},
        }

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another worker saw of it."""
        for before, value, arrivals in packed["curve"]:
            self.curve.setdefault((before, value), Counter()).update(dict(arrivals))
        self.given += [(intended_ns, amount) for intended_ns, amount in packed["given"]]
        if packed["before"] is not None:
            self.note_first(packed["before"])
        if packed["after"] is not None:
            self.note_last(packed["after"])
        for room, values in packed["ends"].items():
            self.ends.setdefault(room, Counter()).update(dict(values))
