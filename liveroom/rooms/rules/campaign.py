"""A campaign's life as a table: draft, active, paused, exhausted, ended, and what can be changed when (L25).

Promise: `TABLE` is the whole machine; active and exhausted become each other by the stock. What was granted bounds
what can be changed: stock never below it, a pot always divisible among what is left, values fixed once it has begun.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import NAME_CHARS, CampaignStatus, Change, RandomValue
from liveroom.rooms.rules import drops
from liveroom.rooms.rules.campaign_state import (
    ACTIVE,
    CHANGES,
    DRAFT,
    ENDED,
    EXHAUSTED,
    PAUSED,
    Activate,
    AddDrop,
    CampaignState,
    Command,
    Edit,
    Elapse,
    End,
    Pause,
    Recount,
    Resume,
)
from liveroom.rooms.rules.drops import Drop, Tallies
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.wrong_state import refuse

TABLE: dict[tuple[CampaignStatus, type[Command]], CampaignStatus] = {
    (DRAFT, Activate): ACTIVE,
    (ACTIVE, Pause): PAUSED,
    (EXHAUSTED, Pause): PAUSED,
    (PAUSED, Resume): ACTIVE,
    (DRAFT, Edit): DRAFT,
    (ACTIVE, Edit): ACTIVE,
    (PAUSED, Edit): PAUSED,
    (EXHAUSTED, Edit): EXHAUSTED,
    (DRAFT, AddDrop): DRAFT,
    (ACTIVE, AddDrop): ACTIVE,
    (PAUSED, AddDrop): PAUSED,
    (EXHAUSTED, AddDrop): EXHAUSTED,
    (DRAFT, End): ENDED,
    (ACTIVE, End): ENDED,
    (PAUSED, End): ENDED,
    (EXHAUSTED, End): ENDED,
    (ACTIVE, Recount): ACTIVE,
    (PAUSED, Recount): PAUSED,
    (EXHAUSTED, Recount): EXHAUSTED,
    (ACTIVE, Elapse): ENDED,
    (PAUSED, Elapse): ENDED,
    (EXHAUSTED, Elapse): ENDED,
}
"""Where a command leads; after it, `active` and `exhausted` follow the stock."""
NAMES: dict[type[Command], str] = {
    Activate: "campaign.activate",
    Pause: "campaign.pause",
    Resume: "campaign.resume",
    Edit: "campaign.edit",
    AddDrop: "campaign.add_drop",
    End: "campaign.end",
    Recount: "the stock moves",
    Elapse: "it is over",
}
PASSING = (Recount, Elapse)
"""What happens by itself; in a state where it means nothing it changes nothing."""


def create(draft: CampaignState, now_ms: int) -> CampaignState:
    """Check what the shop wants to begin with.

    Raises:
        Refusal: `invalid_field`.
    """
    _check(draft, {}, now_ms)
    return replace(draft, name=clean_line(draft.name, NAME_CHARS, "name", "name"))


def apply(state: CampaignState, command: Command, tallies: Tallies, now_ms: int) -> tuple[CampaignState, Change | None]:
    """Apply one command; the same object and None when it changes nothing.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`; `invalid_field`; `not_found`, a drop to edit.
    """
    status = TABLE.get((state.status, type(command)))
    if isinstance(command, Elapse) and (state.due_at_ms is None or state.due_at_ms > now_ms):
        status = None
    if status is None:
        if isinstance(command, PASSING):
            return state, None
        raise refuse("campaign", state.status, type(command), TABLE, NAMES, PASSING)
    after = replace(state, status=status)
    if isinstance(command, AddDrop):
        after = replace(after, drops=(*state.drops, _next_drop(state, command, now_ms)))
    elif isinstance(command, Edit):
        after = _edit(after, command, tallies, now_ms)
    if isinstance(command, Activate | AddDrop | Edit):
        _check(after, tallies, now_ms)
    after = _follow_stock(state, after, tallies, now_ms)
    if after == state:
        return state, None
    change = CHANGES.get(type(command)) or _count_change(state, after)
    return replace(after, version=state.version + 1), change


def _edit(state: CampaignState, command: Edit, tallies: Tallies, now_ms: int) -> CampaignState:
    if state.status is not DRAFT and command.value not in (None, state.value):
        text = "what a coupon is worth stays as it was when the campaign began; end it and make another"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value, field="value")
    given: dict[str, Any] = {
        "name": None if command.name is None else clean_line(command.name, NAME_CHARS, "name", "name"),
        "value": command.value,
        "per_user": command.per_user,
        "per_drop": command.per_drop,
        "audience": command.audience,
        "valid_s": command.valid_s,
        "ends_at_ms": command.ends_at_ms,
    }
    changed = replace(state, **{name: new for name, new in given.items() if new is not None})
    return replace(changed, drops=drops.edit(state.drops, command.drops, tallies, now_ms))


def _next_drop(state: CampaignState, command: AddDrop, now_ms: int) -> Drop:
    starts_at_ms = now_ms + command.in_s * 1000
    ends_at_ms = starts_at_ms + command.lasts_s * 1000
    return Drop(f"d{len(state.drops) + 1}", starts_at_ms, ends_at_ms, command.stock, command.pot)


def _follow_stock(before: CampaignState, after: CampaignState, tallies: Tallies, now_ms: int) -> CampaignState:
    if after.status is ENDED or after.status is DRAFT:
        return after
    counted = drops.recount(after.drops, tallies)
    status = after.status
    if status is not PAUSED:
        ahead = [drop for drop in counted if drop.ends_at_ms > now_ms]
        if ahead:
            status = EXHAUSTED if all(drop.exhausted for drop in ahead) else ACTIVE
    return replace(after, status=status, drops=counted)


def _count_change(before: CampaignState, after: CampaignState) -> Change:
    were = {drop.id for drop in before.drops if drop.exhausted}
    newly = any(drop.exhausted and drop.id not in were for drop in after.drops)
    return Change.EXHAUSTED if newly else Change.RESTOCKED


def _check(state: CampaignState, tallies: Tallies, now_ms: int) -> None:
    if state.per_drop > state.per_user:
        text = "a viewer cannot have more of one drop than of the campaign"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="per_drop")
    if isinstance(state.value, RandomValue) and state.value.min > state.value.max:
        raise Refusal(ErrorCode.INVALID_FIELD, "the least amount is above the largest", field="value.min")
    drops.check(state.drops, state.value, tallies, now_ms)
    if state.status is not DRAFT and state.end_ms is not None and state.end_ms <= now_ms:
        text = "it would be over at once; give it, or a drop of it, a later end"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="ends_at")
