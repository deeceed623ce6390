"""A granted coupon: every state with every command, what time does, and repeats that do no harm."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.coupon import GrantId, GrantStatus
from liveroom.rooms.rules import grants
from liveroom.rooms.rules.grants import (
    EXPIRED,
    ISSUED,
    LOCKED,
    REDEEMED,
    RELEASED,
    REVOKED,
    GrantState,
    Lock,
    Redeem,
    Release,
    Revoke,
    Unlock,
    apply,
    campaign_of,
    make_id,
    settle,
)
from tests.rooms.builders import NOW
from tests.rooms.campaigns import HOUR_MS, SEED

COMMANDS: tuple[grants.Command, ...] = (Lock("o1", 60), Unlock(), Redeem("o1"), Release(), Revoke())


def make_grant(status: GrantStatus = ISSUED, **changes: Any) -> GrantState:
    """A coupon in the given status."""
    locked: dict[str, Any] = {"order": "o1", "locked_until_ms": NOW + 60_000} if status is LOCKED else {}
    settled: dict[str, Any] = {"settled_at_ms": NOW} if status in (REDEEMED, RELEASED, EXPIRED, REVOKED) else {}
    used: dict[str, Any] = {"order": "o1"} if status is REDEEMED else {}
    grant_id = make_id("c1", "d1", 1, SEED)
    grant = GrantState(grant_id, "c1", "d1", "demo", "ann", 500, "CNY", status, NOW - HOUR_MS, NOW + HOUR_MS)
    return grant._replace(**locked | settled | used | changes)


@pytest.mark.parametrize("status", GrantStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_of_state_and_command_is_in_the_table_or_refused(
    status: GrantStatus, command: grants.Command
) -> None:
    grant = make_grant(status)
    after = grants.TABLE.get((status, type(command)))
    if after is not None:
        assert apply(grant, command, NOW).status is after
        return
    with pytest.raises(Refusal) as refused:
        apply(grant, command, NOW)
    assert refused.value.code == ErrorCode.WRONG_STATE
    assert refused.value.facts["state"] == status.value


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_that_is_repeated_changes_nothing_more(command: grants.Command) -> None:
    once = apply(make_grant(), command, NOW)
    assert apply(once, command, NOW) == once


@pytest.mark.parametrize("status", [LOCKED, REDEEMED])
def test_another_order_cannot_have_it(status: GrantStatus) -> None:
    for command in (Lock("o2", 60), Redeem("o2")) if status is LOCKED else (Redeem("o2"),):
        with pytest.raises(Refusal) as refused:
            apply(make_grant(status), command, NOW)
        assert refused.value.facts == {"state": status.value, "field": "order"}


def test_a_lock_ends_by_itself_and_then_others_may_have_it() -> None:
    locked = apply(make_grant(), Lock("o1", 60), NOW)
    assert settle(locked, NOW + 59_999) is locked
    free = settle(locked, NOW + 60_000)
    assert (free.status, free.order, free.locked_until_ms) == (ISSUED, None, None)
    assert apply(locked, Lock("o2", 60), NOW + 60_000).order == "o2"


def test_a_coupon_expires_but_not_while_it_is_being_paid_with() -> None:
    grant = make_grant(expires_at_ms=NOW + 30_000)
    locked = apply(grant, Lock("o1", 60), NOW)
    assert settle(grant, NOW + 30_000).status is EXPIRED
    assert apply(locked, Redeem("o1"), NOW + 45_000).status is REDEEMED
    assert settle(locked, NOW + 60_000).status is EXPIRED
    with pytest.raises(Refusal):
        apply(locked, Redeem("o1"), NOW + 60_000)


def test_a_clock_that_jumps_back_takes_nothing_away() -> None:
    grant = make_grant()
    assert settle(grant, 0) is grant
    assert apply(grant, Redeem("o1"), 0).status is REDEEMED


def test_what_is_due_is_known() -> None:
    assert make_grant().due_at_ms == NOW + HOUR_MS
    assert make_grant(LOCKED).due_at_ms == NOW + 60_000
    assert {make_grant(status).due_at_ms for status in (REDEEMED, RELEASED, EXPIRED, REVOKED)} == {None}


def test_only_what_was_given_back_does_not_count() -> None:
    assert [status for status in GrantStatus if not make_grant(status).counts] == [RELEASED]


def test_an_id_says_where_it_belongs_and_cannot_be_guessed() -> None:
    grant_id = make_id("rain_7", "d12", 345, SEED)
    assert TypeAdapter(GrantId).validate_python(grant_id) == grant_id
    assert campaign_of(grant_id) == "rain_7"
    assert grant_id.startswith("rain_7-d12-00000345-")
    assert make_id("rain_7", "d12", 345, "00" * 16) != grant_id
    assert make_id("rain_7", "d12", 346, SEED)[-12:] != grant_id[-12:]
