"""A grant's life as a table: issued, locked for an order, redeemed; or released, expired, revoked (L25).

Promise: `TABLE` is the whole machine; every command can be repeated, so that a shop that got no answer asks again.
What time brings (a lock that ran out, an expiry) has happened before any command is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.coupon import Grant, GrantStatus
from liveroom.rooms.rules.red_packet import chance_of
from liveroom.rooms.rules.wrong_state import refuse

TAG_BYTES = 6


class GrantState(NamedTuple):
    """A row of `coupon_grants`; times are epoch ms.

    Args:
        order: of the shop, while locked and when redeemed.
        locked_until_ms: while locked.
        settled_at_ms: when it was redeemed, released, expired or revoked.
    """

    id: str
    campaign: str
    drop: str
    room: str
    user_id: str
    amount: int
    currency: str
    status: GrantStatus
    issued_at_ms: int
    expires_at_ms: int
    order: str | None = None
    locked_until_ms: int | None = None
    settled_at_ms: int | None = None

    def view(self) -> Grant:
        """As its owner sees it."""
        return Grant(
            id=self.id,
            campaign=self.campaign,
            drop=self.drop,
            amount=self.amount,
            currency=self.currency,
            status=self.status,
            expires_at=self.expires_at_ms,
        )

    @property
    def due_at_ms(self) -> int | None:
        """When something happens by itself; None: never."""
        if self.status is ISSUED:
            return self.expires_at_ms
        return self.locked_until_ms if self.status is LOCKED else None

    @property
    def counts(self) -> bool:
        """Whether it counts as one that its owner has had: all but those given back."""
        return self.status is not RELEASED


@dataclass(frozen=True, slots=True)
class Lock:
    """Keep it for an order that is being paid, for `seconds` from now."""

    order: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Unlock:
    """The order was not paid."""


@dataclass(frozen=True, slots=True)
class Redeem:
    """It was used for an order."""

    order: str


@dataclass(frozen=True, slots=True)
class Release:
    """Its owner gives it back: it may be granted again, and its owner may claim again."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """The shop takes it away: it may be granted again, but not to its owner."""


Command = Lock | Unlock | Redeem | Release | Revoke

ISSUED, LOCKED, REDEEMED = GrantStatus.ISSUED, GrantStatus.LOCKED, GrantStatus.REDEEMED
RELEASED, EXPIRED, REVOKED = GrantStatus.RELEASED, GrantStatus.EXPIRED, GrantStatus.REVOKED

TABLE: dict[tuple[GrantStatus, type[Command]], GrantStatus] = {
    (ISSUED, Lock): LOCKED,
    (LOCKED, Lock): LOCKED,
    (LOCKED, Unlock): ISSUED,
    (ISSUED, Unlock): ISSUED,
    (ISSUED, Redeem): REDEEMED,
    (LOCKED, Redeem): REDEEMED,
    (REDEEMED, Redeem): REDEEMED,
    (ISSUED, Release): RELEASED,
    (LOCKED, Release): RELEASED,
    (RELEASED, Release): RELEASED,
    (ISSUED, Revoke): REVOKED,
    (LOCKED, Revoke): REVOKED,
    (REVOKED, Revoke): REVOKED,
}
NAMES: dict[type[Command], str] = {
    Lock: "lock",
    Unlock: "unlock",
    Redeem: "redeem",
    Release: "release",
    Revoke: "revoke",
}


def settle(state: GrantState, now_ms: int) -> GrantState:
    """What time has brought: a lock that ran out is none; what is past its time has expired, unless it is locked."""
    if state.status is LOCKED and state.locked_until_ms is not None and state.locked_until_ms <= now_ms:
        state = state._replace(status=ISSUED, order=None, locked_until_ms=None)
    if state.status is ISSUED and state.expires_at_ms <= now_ms:
        state = state._replace(status=EXPIRED, settled_at_ms=now_ms)
    return state


def apply(state: GrantState, command: Command, now_ms: int) -> GrantState:
    """Apply one command; the same object when it changes nothing.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`; also when it is locked or redeemed for another order.
    """
    state = settle(state, now_ms)
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise refuse("coupon", state.status, type(command), TABLE, NAMES)
    order = command.order if isinstance(command, Lock | Redeem) else None
    if order is not None and state.order not in (None, order):
        text = f"this coupon is {state.status.value} for another order"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value, field="order")
    if isinstance(command, Lock):
        until_ms = now_ms + command.seconds * 1000
        return state._replace(status=status, order=order, locked_until_ms=until_ms)
    if status is state.status:
        return state
    settled_at_ms = None if status is ISSUED else now_ms
    return state._replace(status=status, order=order, locked_until_ms=None, settled_at_ms=settled_at_ms)


def make_id(campaign: str, drop: str, number: int, seed: str) -> str:
    """The id of a grant: where it belongs, its number in the drop, and an end that cannot be guessed."""
    place = f"{campaign}-{drop}-{number:08d}"
    return f"{place}-{chance_of(seed, place)[:TAG_BYTES].hex()}"


def campaign_of(grant_id: str) -> str:
    """The campaign that a grant belongs to, by its id."""
    return grant_id.partition("-")[0]
