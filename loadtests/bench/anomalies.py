"""Receipts that do not continue where their reader stood.

Kept for each reader by position, so that the three faults are told apart exactly: a hole (never came),
a reorder (came after a later one) and a duplicate (came twice).
"""

from __future__ import annotations

from loadtests.bench.dialects.base import Event
from loadtests.bench.messages import Stamp


class Anomalies:
    """What was wrong, and the receipts among it that still count as delivered."""

    def __init__(self) -> None:
        """Nothing wrong yet."""
        self._missing: dict[int, set[int]] = {}
        self.duplicates = 0
        self.reordered = 0
        self.strays: list[tuple[Stamp, int]] = []
        """Deliveries that came by this way: stamp and arrival in ns."""

    @property
    def holes(self) -> int:
        """Positions that were passed over and have not come since."""
        return sum(len(missing) for missing in self._missing.values())

    def settle(self, reader: int, position: int, events: list[Event], now_ns: int) -> int:
        """Account for the events of a chunk one by one.

        Args:
            reader: whose receipt it is.
            position: where that reader stood.
            events: what came.
            now_ns: when it came.

        Returns:
            Where the reader stands now.
        """
        missing = self._missing.setdefault(reader, set())
        for at, stamp in events:
            if at > position:
                missing.update(range(position + 1, at))
                position = at
            elif at in missing:
                missing.remove(at)
                self.reordered += 1
            else:
                self.duplicates += 1
                continue
            if stamp is not None:
                self.strays.append((stamp, now_ns))
        return position
