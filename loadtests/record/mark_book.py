"""One thing that events tell of in steps: a combo of gifts that grows, a guest who is seated again and again.

An event does not say which gift it was; but the answer to a gift names the combo and how far it went, and the first
event that went as far has shown it. The name is its kind, a colon and whose it is: `gift:combo`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from loadtests.record.curve import Shown

COUNTED: Final = 0
"""Level of a mark whose event carries none: the n-th of its name has level n."""


class Mark(NamedTuple):
    """What one event says about one thing."""

    position: int
    name: str
    level: int


@dataclass(slots=True)
class MarkBook:
    """One thing, as one worker saw it."""

    name: str
    levels: dict[int, int] = field(default_factory=dict)
    """By position in the room."""
    arrivals: dict[int, Counter[int]] = field(default_factory=dict)
    """By position: receipts by millisecond."""
    given: list[tuple[int, int]] = field(default_factory=list)
    """Acked acts: how far they went, and when they were due."""

    @property
    def kind(self) -> str:
        """Of interaction."""
        return self.name.partition(":")[0]

    def note(self, position: int, level: int, arrivals_ms: Mapping[int, int]) -> None:
        """Readers have received the event at this position."""
        self.levels[position] = level
        self.arrivals.setdefault(position, Counter()).update(arrivals_ms)

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "name": self.name,
            "steps": [[at, level, list(self.arrivals[at].items())] for at, level in self.levels.items()],
            "given": self.given,
        }

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another worker saw of it."""
        for position, level, arrivals in packed["steps"]:
            self.note(position, level, dict(arrivals))
        self.given += [(level, intended_ns) for level, intended_ns in packed["given"]]


def trace_marks(book: MarkBook) -> Iterator[Shown]:
    """Every acked act; without arrivals when no event went as far."""
    steps = [
        (level if level != COUNTED else number, book.arrivals[position])
        for number, (position, level) in enumerate(sorted(book.levels.items()), 1)
    ]
    for level, intended_ns in book.given:
        yield Shown(intended_ns, next((arrivals for reached, arrivals in steps if reached >= level), Counter()))
