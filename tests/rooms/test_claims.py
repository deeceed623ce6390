"""Who gets a coupon: the questions in their order, and the audience rule."""

from __future__ import annotations

from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.coupon import ClaimAck, Closed, Outcome
from liveroom.rooms.rules.campaign_state import DRAFT, ENDED, PAUSED
from liveroom.rooms.rules.claims import Claimant, Had, find_drop, find_obstacle, grant, refuse, why_closed
from liveroom.rooms.rules.drops import NOTHING, DropTally
from tests.rooms.builders import NOW
from tests.rooms.campaigns import HOUR_MS, RANDOM, make_campaign, make_drop

ANN = Claimant("ann", level=9, followed=True, member=True, minutes=30, spent=9_900)
NONE = Had()


def closed(reason: Closed, starts_at: int | None = None) -> ClaimAck:
    """Nothing can be claimed now."""
    return ClaimAck(outcome=Outcome.NOT_OPEN, reason=reason, starts_at=starts_at)


def test_a_draft_and_a_drop_that_is_not_there_are_not_found() -> None:
    for state, drop in ((make_campaign(status=DRAFT), None), (make_campaign(), "d2")):
        with pytest.raises(Refusal) as refused:
            find_drop(state, drop, NOW)
        assert refused.value.code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize(
    ("changes", "now_ms", "answer"),
    [
        ({}, NOW, None),
        ({}, NOW - 1, closed(Closed.EARLY, NOW)),
        ({}, NOW + HOUR_MS, closed(Closed.ENDED)),
        ({"ends_at_ms": NOW + 2 * HOUR_MS}, NOW + HOUR_MS, closed(Closed.OVER)),
        ({"ends_at_ms": NOW + 1}, NOW + 1, closed(Closed.ENDED)),
        ({"status": PAUSED}, NOW, closed(Closed.PAUSED)),
        ({"status": ENDED}, NOW, closed(Closed.ENDED)),
        ({"drops": (), "ends_at_ms": NOW + 9}, NOW, closed(Closed.EARLY)),
    ],
)
def test_when_it_is_open_and_why_not(changes: dict[str, Any], now_ms: int, answer: ClaimAck | None) -> None:
    state = make_campaign(**changes)
    assert why_closed(state, find_drop(state, None, now_ms), now_ms) == answer


def test_who_has_had_their_share_hears_that_first_and_sees_what_they_have() -> None:
    state = make_campaign(audience=Audience(level_min=99))
    newest = grant(state, state.drops[0], NOTHING, "ann", NOW)
    gone = DropTally(10, 0, 5_000)
    answer = refuse(state, state.drops[0], gone, Had(1, 1), newest, ANN)
    assert answer == ClaimAck(outcome=Outcome.ALREADY_CLAIMED, grant=newest.view())
    assert refuse(state, state.drops[0], gone, NONE, None, ANN) == ClaimAck(outcome=Outcome.SOLD_OUT)
    answer = refuse(state, state.drops[0], NOTHING, NONE, None, ANN)
    assert answer == ClaimAck(outcome=Outcome.NOT_ELIGIBLE, rule=Rule.LEVEL)


def test_limits_hold_for_the_campaign_and_for_each_drop() -> None:
    drops = (make_drop(1), make_drop(2))
    state = make_campaign(drops=drops, per_user=3, per_drop=2)
    assert refuse(state, drops[0], NOTHING, Had(2, 1), None, ANN) is None
    for had in (Had(2, 2), Had(3, 1)):
        answer = refuse(state, drops[0], NOTHING, had, None, ANN)
        assert answer is not None
        assert answer.outcome is Outcome.ALREADY_CLAIMED


@pytest.mark.parametrize(
    ("audience", "less", "rule"),
    [
        (Audience(level_min=9), {"level": 8}, Rule.LEVEL),
        (Audience(followed=True), {"followed": False}, Rule.FOLLOWED),
        (Audience(member=True), {"member": False}, Rule.MEMBER),
        (Audience(minutes=30), {"minutes": 29}, Rule.MINUTES),
        (Audience(spent=9_900), {"spent": 9_899}, Rule.SPENT),
    ],
)
def test_the_part_of_the_audience_rule_that_does_not_hold_is_named(
    audience: Audience, less: dict[str, Any], rule: Rule
) -> None:
    assert find_obstacle(audience, ANN) is None
    assert find_obstacle(audience, ANN._replace(**less)) is rule


def test_a_grant_is_numbered_in_its_drop_and_lasts_as_long_as_said() -> None:
    state = make_campaign(valid_s=60)
    coupon = grant(state, state.drops[0], DropTally(4, 2, 1_000), "ann", NOW)
    assert coupon.id.startswith("c1-d1-00000005-")
    assert (coupon.amount, coupon.expires_at_ms, coupon.user_id) == (500, NOW + 60_000, "ann")


def test_the_last_of_a_red_packet_takes_the_rest() -> None:
    state = make_campaign(value=RANDOM, drops=(make_drop(pot=2_000),))
    assert grant(state, state.drops[0], DropTally(9, 0, 1_777), "ann", NOW).amount == 223
