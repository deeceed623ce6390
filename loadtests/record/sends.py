"""What users of one kind did: as planned, how late, and what the server answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loadtests.record.latency import Latency


@dataclass(slots=True)
class Sends:
    """One kind; `planned`, `sent` and `fulfilled` of the window alone, the rest of the whole run."""

    planned: int = 0
    sent: int = 0
    all_sent: int = 0
    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lag: Latency = field(default_factory=Latency)
    """How late the generator was, against its own plan."""
    fulfilled: int = 0
    """Answered, and not with a refusal."""

    @property
    def unanswered(self) -> int:
        """Commands without any answer."""
        return self.all_sent - self.answered - self.refused.total()

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "planned": self.planned,
            "sent": self.sent,
            "all_sent": self.all_sent,
            "answered": self.answered,
            "refused": dict(self.refused),
            "lag": self.lag.pairs(),
            "fulfilled": self.fulfilled,
        }

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another worker counted."""
        self.planned += packed["planned"]
        self.sent += packed["sent"]
        self.all_sent += packed["all_sent"]
        self.answered += packed["answered"]
        self.refused.update(packed["refused"])
        self.lag.merge(Latency((bucket, count) for bucket, count in packed["lag"]))
        self.fulfilled += packed["fulfilled"]
