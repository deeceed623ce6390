"""Whether a claim is granted, and how much it is worth (L25).

Promise: pure and in a fixed order of questions, so that the same claim gets the same answer on every node: is there
such a drop, is it open, has the viewer had their share, is something left, may they have it.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.coupon import ClaimAck, Closed, GrantStatus, Outcome
from liveroom.rooms.rules import drops
from liveroom.rooms.rules.campaign_state import DRAFT, ENDED, PAUSED, CampaignState
from liveroom.rooms.rules.drops import Drop, DropTally
from liveroom.rooms.rules.grants import GrantState, make_id
from liveroom.rooms.rules.red_packet import chance_of, draw

EVERYBODY = Audience()
"""Nothing is asked of whoever claims."""


class Claimant(NamedTuple):
    """Who claims, as the audience rule asks. `minutes`: watched in this visit; `spent`: here; `fan`: of the club."""

    user_id: str
    level: int = 0
    followed: bool = False
    member: bool = False
    minutes: int = 0
    spent: int = 0
    fan: bool = False


class Had(NamedTuple):
    """How many coupons a viewer has had, those given back left out."""

    of_campaign: int = 0
    of_drop: int = 0


def find_drop(state: CampaignState, drop_id: str | None, now_ms: int) -> Drop | None:
    """The drop that is meant; None: nothing can be claimed, the campaign has none.

    Raises:
        Refusal: `not_found`.
    """
    if state.status is DRAFT:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no campaign of this id here", field="campaign")
    drop = drops.choose(state.drops, now_ms) if drop_id is None else state.drop(drop_id)
    if drop is None and drop_id is not None:
        raise Refusal(ErrorCode.NOT_FOUND, "the campaign has no drop of this id", field="drop")
    return drop


def why_closed(state: CampaignState, drop: Drop | None, now_ms: int) -> ClaimAck | None:
    """The answer to everybody when nothing can be claimed now; None: it is open."""
    if state.status is ENDED or (state.end_ms is not None and state.end_ms <= now_ms):
        return ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.ENDED)
    if state.status is PAUSED:
        return ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.PAUSED)
    if drop is None:
        return ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.EARLY)
    if now_ms < drop.starts_at_ms:
        return ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.EARLY, starts_at=drop.starts_at_ms)
    if now_ms >= drop.ends_at_ms:
        return ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.OVER)
    return None


def refuse(
    state: CampaignState, drop: Drop, tally: DropTally, had: Had, newest: GrantState | None, who: Claimant
) -> ClaimAck | None:
    """The answer to this viewer when an open drop grants them nothing; None: it does.

    Args:
        newest: the last coupon they have had of the campaign.
    """
    if had.of_campaign >= state.per_user or had.of_drop >= state.per_drop:
        grant = newest.view() if newest is not None else None
        return ClaimAck(outcome=Outcome.ALREADY_CLAIMED, grant=grant)
    if not drops.left(drop, tally):
        return ClaimAck(outcome=Outcome.SOLD_OUT)
    rule = find_obstacle(state.audience, who)
    return None if rule is None else ClaimAck(outcome=Outcome.NOT_ELIGIBLE, rule=rule)


def grant(state: CampaignState, drop: Drop, tally: DropTally, user_id: str, now_ms: int) -> GrantState:
    """The next coupon of a drop that has one left."""
    number = tally.granted + 1
    return GrantState(
        id=make_id(state.id, drop.id, number, state.seed),
        campaign=state.id,
        drop=drop.id,
        room=state.room,
        user_id=user_id,
        amount=_amount(state, drop, tally, number),
        currency=state.currency,
        status=GrantStatus.ISSUED,
        issued_at_ms=now_ms,
        expires_at_ms=now_ms + state.valid_s * 1000,
    )


def find_obstacle(audience: Audience, who: Claimant) -> Rule | None:
    """The first part of the audience rule that does not hold; None: all of it holds."""
    if audience.level_min is not None and who.level < audience.level_min:
        return Rule.LEVEL
    if audience.followed and not who.followed:
        return Rule.FOLLOWED
    if audience.member and not who.member:
        return Rule.MEMBER
    if audience.fan and not who.fan:
        return Rule.FAN
    if audience.minutes is not None and who.minutes < audience.minutes:
        return Rule.MINUTES
    if audience.spent is not None and who.spent < audience.spent:
        return Rule.SPENT
    return None


def _amount(state: CampaignState, drop: Drop, tally: DropTally, number: int) -> int:
    if state.value.kind == "fixed":
        return state.value.amount
    pot = (drop.pot or 0) - tally.spent
    chance = chance_of(state.seed, f"{drop.id} {number}")
    return draw(pot, drops.left(drop, tally), state.value.min, state.value.max, chance)
