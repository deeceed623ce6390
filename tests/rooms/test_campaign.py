"""A campaign: every state with every command, and what was granted bounds what can be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import Audience, CampaignStatus, Change, FixedValue, RandomValue
from liveroom.rooms.rules import campaign
from liveroom.rooms.rules.campaign import apply, create
from liveroom.rooms.rules.campaign_state import (
    ACTIVE,
    DRAFT,
    ENDED,
    EXHAUSTED,
    PAUSED,
    SHOWN,
    Activate,
    AddDrop,
    Command,
    Edit,
    Elapse,
    End,
    Pause,
    Recount,
    Resume,
    as_seen,
)
from liveroom.rooms.rules.drops import DropEdit, DropTally, choose
from tests.rooms.builders import NOW
from tests.rooms.campaigns import HOUR_MS, RANDOM, make_campaign, make_drop

COMMANDS: tuple[Command, ...] = (
    Activate(),
    Pause(),
    Resume(),
    End(),
    AddDrop(10, 60, 5, None),
    Edit(name="x"),
    Recount(),
    Elapse(),
)
ALL_GONE = {"d1": DropTally(10, 0, 5_000)}
LATE = NOW + HOUR_MS


@pytest.mark.parametrize("status", CampaignStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_of_state_and_command_is_in_the_table_or_refused(status: CampaignStatus, command: Command) -> None:
    state = make_campaign(status=status)
    # So that the stock agrees with the state.
    tallies = ALL_GONE if status is EXHAUSTED else {}
    now_ms = LATE if isinstance(command, Elapse) else NOW
    after = campaign.TABLE.get((status, type(command)))
    if after is None and isinstance(command, campaign.PASSING):
        assert apply(state, command, tallies, now_ms) == (state, None)
    elif after is None:
        with pytest.raises(Refusal) as refused:
            apply(state, command, tallies, now_ms)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
    else:
        changed, _ = apply(state, command, tallies, now_ms)
        assert changed.status is after or {changed.status, after} == {ACTIVE, EXHAUSTED}
        assert changed.version == state.version + (changed is not state)


def test_it_is_exhausted_with_its_last_coupon_and_open_again_when_one_comes_back() -> None:
    state = make_campaign()
    assert apply(state, Recount(), {"d1": DropTally(9, 0, 4_500)}, NOW) == (state, None)
    gone, change = apply(state, Recount(), ALL_GONE, NOW)
    assert (gone.status, gone.drops[0].exhausted, change) == (EXHAUSTED, True, Change.EXHAUSTED)
    again, change = apply(gone, Recount(), {"d1": DropTally(10, 1, 4_500)}, NOW)
    assert (again.status, again.drops[0].exhausted, change) == (ACTIVE, False, Change.RESTOCKED)


def test_a_campaign_is_exhausted_only_when_no_drop_that_is_not_over_has_any_left() -> None:
    drops = (make_drop(1), make_drop(2, starts_at_ms=LATE, ends_at_ms=2 * LATE - NOW))
    first, change = apply(make_campaign(drops=drops, per_user=2), Recount(), ALL_GONE, NOW)
    assert (first.status, change, first.drops[0].exhausted) == (ACTIVE, Change.EXHAUSTED, True)
    both, _ = apply(first, Recount(), ALL_GONE | {"d2": DropTally(10, 0, 5_000)}, NOW)
    assert both.status is EXHAUSTED


def test_what_is_paused_stays_so_whatever_the_stock_and_finds_the_truth_when_it_goes_on() -> None:
    paused = make_campaign(status=PAUSED)
    counted, change = apply(paused, Recount(), ALL_GONE, NOW)
    assert (counted.status, change) == (PAUSED, Change.EXHAUSTED)
    assert apply(counted, Resume(), ALL_GONE, NOW)[0].status is EXHAUSTED
    assert apply(counted, Resume(), {}, NOW)[0].status is ACTIVE


def test_more_stock_opens_it_again() -> None:
    gone, _ = apply(make_campaign(), Recount(), ALL_GONE, NOW)
    more, change = apply(gone, Edit(drops=(DropEdit("d1", stock=11),)), ALL_GONE, NOW)
    assert (more.status, more.drops[0].exhausted, change) == (ACTIVE, False, Change.EDITED)
    added, change = apply(gone, AddDrop(10, 60, 5, None), ALL_GONE, NOW)
    assert (added.status, added.drops[1].id, change) == (ACTIVE, "d2", Change.DROP_ADDED)
    assert (added.drops[1].starts_at_ms, added.drops[1].ends_at_ms) == (NOW + 10_000, NOW + 70_000)


def test_stock_never_goes_below_what_is_granted() -> None:
    tallies = {"d1": DropTally(7, 1, 3_000)}
    assert apply(make_campaign(), Edit(drops=(DropEdit("d1", stock=6),)), tallies, NOW)[0].drops[0].stock == 6
    with pytest.raises(Refusal) as refused:
        apply(make_campaign(), Edit(drops=(DropEdit("d1", stock=5),)), tallies, NOW)
    assert refused.value.facts == {"state": "granted", "field": "stock", "granted": 6}


@pytest.mark.parametrize(
    ("drop", "field"),
    [
        ({"pot": 5}, "pot"),
        ({"stock": 10_000_000}, "stock"),
        ({"ends_at_ms": NOW}, "ends_at"),
        ({"ends_at_ms": NOW - 1}, "ends_at"),
        ({"ends_at_ms": NOW + 401 * 86_400_000}, "ends_at"),
        ({"starts_at_ms": 0, "ends_at_ms": NOW - 1}, "ends_at"),
    ],
)
def test_a_drop_that_makes_no_sense_is_refused(drop: dict[str, Any], field: str) -> None:
    value = FixedValue(kind="fixed", amount=10**12)
    with pytest.raises(Refusal) as refused:
        create(make_campaign(status=DRAFT, value=value, drops=(make_drop(**drop),)), NOW)
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(("pot", "field"), [(None, "pot"), (9, "pot"), (9_001, "pot"), (10, None), (9_000, None)])
def test_a_pot_can_always_be_divided(pot: int | None, field: str | None) -> None:
    draft = make_campaign(status=DRAFT, value=RANDOM, drops=(make_drop(pot=pot),))
    if field is None:
        assert create(draft, NOW).drops[0].pot == pot
        return
    with pytest.raises(Refusal) as refused:
        create(draft, NOW)
    assert refused.value.facts["field"] == field


def test_a_pot_is_only_changed_so_that_the_rest_can_be_divided() -> None:
    state = make_campaign(value=RANDOM, drops=(make_drop(pot=2_000),))
    tallies = {"d1": DropTally(8, 0, 1_500)}
    assert apply(state, Edit(drops=(DropEdit("d1", pot=1_502),)), tallies, NOW)[0].drops[0].pot == 1_502
    assert apply(state, Edit(drops=(DropEdit("d1", pot=3_300),)), tallies, NOW)[0].drops[0].pot == 3_300
    for pot in (1_501, 3_301):
        with pytest.raises(Refusal) as refused:
            apply(state, Edit(drops=(DropEdit("d1", pot=pot),)), tallies, NOW)
        assert refused.value.facts["spent"] == 1_500


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Edit(value=FixedValue(kind="fixed", amount=1)), "value"),
        (Edit(drops=(DropEdit("d1", starts_at_ms=NOW + 5),)), "starts_at"),
        (Edit(drops=(DropEdit("d2", stock=5),)), "drops"),
        (Edit(per_drop=2), "per_drop"),
        (Edit(name=" \u200b "), "name"),
        (Edit(ends_at_ms=NOW), "ends_at"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_field(change: Edit, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        apply(make_campaign(), change, {}, NOW)
    assert refused.value.facts["field"] == field


def test_a_draft_may_become_anything_and_bounds_are_kept() -> None:
    draft = make_campaign(status=DRAFT)
    edit = Edit(value=RANDOM, drops=(DropEdit("d1", pot=100),), per_user=3, audience=Audience(level_min=5), valid_s=60)
    changed, change = apply(draft, edit, {}, NOW)
    assert (changed.value, changed.per_user, changed.audience.level_min, change) == (RANDOM, 3, 5, Change.EDITED)
    with pytest.raises(Refusal):
        apply(draft, Edit(value=RandomValue(kind="random", min=9, max=8)), {}, NOW)


def test_it_has_at_most_twenty_drops() -> None:
    state = make_campaign()
    for _ in range(19):
        state, _ = apply(state, AddDrop(0, 60, 1, None), {}, NOW)
    assert state.drops[-1].id == "d20"
    with pytest.raises(Refusal):
        apply(state, AddDrop(0, 60, 1, None), {}, NOW)


def test_it_ends_with_its_last_drop_or_when_it_says() -> None:
    state = make_campaign()
    assert apply(state, Elapse(), {}, LATE - 1) == (state, None)
    ended, change = apply(state, Elapse(), {}, LATE)
    assert (ended.status, change, ended.due_at_ms) == (ENDED, Change.ENDED, None)
    longer = make_campaign(ends_at_ms=LATE + 5)
    assert apply(longer, Elapse(), {}, LATE)[1] is None
    assert make_campaign(drops=(), status=ACTIVE).due_at_ms is None
    assert make_campaign(status=DRAFT).due_at_ms is None


def test_what_is_over_cannot_be_activated() -> None:
    with pytest.raises(Refusal) as refused:
        apply(make_campaign(status=DRAFT), Activate(), {}, LATE)
    assert refused.value.facts["field"] == "ends_at"


def test_a_command_that_changes_nothing_gives_the_same_state() -> None:
    state = make_campaign()
    assert apply(state, Edit(name=state.name), {}, NOW)[0] is state


def test_which_drop_is_meant_when_none_is_named() -> None:
    over, gone, opened, later = (
        make_drop(1, starts_at_ms=NOW - 9, ends_at_ms=NOW),
        make_drop(2, exhausted=True),
        make_drop(3),
        make_drop(4, starts_at_ms=NOW + 5),
    )
    assert choose((over, gone, opened, later), NOW) is opened
    assert choose((over, gone, later), NOW) is gone
    assert choose((over, later), NOW) is later
    assert choose((over,), NOW) is over
    assert choose((), NOW) is None


@pytest.mark.parametrize("status", sorted(SHOWN))
def test_everybody_sees_all_of_it_but_the_seed(status: CampaignStatus) -> None:
    state = make_campaign(status=status, value=RANDOM, drops=(make_drop(pot=50),))
    assert state.seed.encode() not in encode_value(state.view())
    assert as_seen("demo", state.view()) == replace(state, seed="", created_at_ms=0)
