"""The coupons of one campaign as their claimers were told: never more than there are, never one for two taps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class CouponBook:
    """One campaign, as the claimers of one worker saw it."""

    stock: int = 0
    grants: dict[str, str] = field(default_factory=dict)
    """Whose each grant is: the tap it was the answer to."""
    sold_out: int = 0
    """Taps that were told that none is left."""
    faults: Counter[str] = field(default_factory=Counter)

    def note_grant(self, grant: str, tap: str) -> None:
        """A tap was answered with this grant."""
        if self.grants.setdefault(grant, tap) != tap:
            self.faults["coupon granted twice"] += 1

    def note_repeat(self, grant: str | None, first: str | None) -> None:
        """A tap that was sent again was answered with this grant, the first time with that one."""
        if grant != first:
            self.faults["another answer to a repeat"] += 1

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {"stock": self.stock, "grants": self.grants, "sold_out": self.sold_out, "faults": dict(self.faults)}

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what the claimers of another worker saw."""
        self.stock = max(self.stock, packed["stock"])
        for grant, tap in packed["grants"].items():
            self.note_grant(grant, tap)
        self.sold_out += packed["sold_out"]
        self.faults.update(packed["faults"])


def find_coupon_faults(book: CouponBook, left: int | None) -> Counter[str]:
    """What was wrong, by name.

    Args:
        book: the sum of all workers.
        left: how many the last stock that viewers saw says; None: they saw none.
    """
    faults = Counter(book.faults)
    faults["coupons oversold"] += max(0, len(book.grants) - book.stock)
    if book.sold_out and left:
        faults["told sold out, and some were left"] += book.sold_out
    return faults
