"""How one try to deliver ended.

Promise: every try ends with one of these names, whatever the receiver does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a try; stable strings, shown to operators and counted."""

    _value_: str
    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Outcome:
        """Make a member that carries its meaning beside the string."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    DELIVERED = "delivered", "the receiver answered 2xx"
    REFUSED = "refused", "the receiver answered with another status; `status` names it"
    REDIRECTED = "redirected", "the receiver answered 3xx; redirects are not followed, set the final URL"
    GONE = "gone", "the receiver answered 410: it wants no more, and the webhook was disabled"
    TIMED_OUT = "timed_out", "no complete answer in time"
    UNREACHABLE = "unreachable", "no connection, or its certificate is not valid"
    BROKEN = "broken", "the connection broke, or the answer was not HTTP"
    UNRESOLVED = "unresolved", "the host of the URL has no address"
    ADDRESS_REFUSED = "address_refused", "the host of the URL has an address that is not public"
    DISABLED = "disabled", "the webhook was disabled before it could be sent"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try.

    Args:
        status: of the HTTP answer, where there was one.
        retry_after_ms: what the receiver asked for, unbounded.
    """

    outcome: Outcome
    status: int | None = None
    retry_after_ms: int | None = None
