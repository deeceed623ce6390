"""What gifts ask of the app's billing, whoever answers for it.

Promise asked of it: a charge of one id is made once, however often it is asked for, and gets the same answer each
time; a charge that was voided is undone, and never made afterwards, even where it was not known before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from liveroom.rooms.rules.charges import Word
from liveroom.rooms.storage.charges import Charge

REASON_CHARS = 64


class BillingMode(StrEnum):
    """Who decides about gifts of viewers.

    `closed`: nobody may give; `hook`: the app's billing is asked; `open`: nothing is charged.
    """

    CLOSED = "closed"
    HOOK = "hook"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class GiftTerms:
    """How gifts are handled on this server.

    Args:
        currency: of all prices.
        deadline_s: longest time for the answer of billing, the wait for a free line included.
        trusts: a gift is given when billing does not answer, and charged later.
    """

    mode: BillingMode
    currency: str
    deadline_s: float = 0.4
    trusts: bool = False


class Heard(NamedTuple):
    """What billing said to a charge: `accepted`, `declined`, `unanswered` or `unasked`."""

    word: Word
    reason: str | None = None


class Billing(Protocol):
    """The app's billing."""

    @property
    def is_away(self) -> bool:
        """Whether it has not answered lately, so that it is not asked now."""

    async def charge(self, charge: Charge, deadline_s: float) -> Heard:
        """Ask for money. Never raises; ends within `deadline_s`."""

    async def void(self, charge: Charge) -> bool:
        """Have it undone; whether it confirmed that. Never raises; its wait is bounded."""

    async def close(self) -> None:
        """Give back connections."""


class BillingTelemetry(Protocol):
    """Who measures gifts and their billing. Calls are synchronous, cheap and never raise."""

    def gift_answered(self, outcome: str) -> None:
        """A gift got its answer, one of `GiftOutcome`; a repeat counts again."""

    def billing_answered(self, call: str, word: str, seconds: float) -> None:
        """Billing answered a `charge` or a `void`, or did not; one of `Word`."""

    def charges_found(self, count: int) -> None:
        """So many charges had to be finished at the last look."""


Chance = Callable[[], float]
"""A number from 0 to 1."""
