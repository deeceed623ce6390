"""What happens with coupons, told to whoever measures. Promise: cheap, never raises."""

from __future__ import annotations

from typing import Protocol


class CouponTelemetry(Protocol):
    """Listener; names state what has happened."""

    def claim_answered(self, outcome: str, *, duplicate: bool) -> None:
        """A claim got its answer: one of `Outcome`; `duplicate`: a repeat of its key."""


def read_outcome(ack: bytes) -> str:
    """The outcome in the encoded data of a claim's ack, where it is always the first field."""
    return ack[12 : ack.index(b'"', 12)].decode()
