"""What is told of somebody who has another level, or has joined the club: messages of the transaction that changes it.

Promise: every node hears of it, and so does the person; the room hears only of levels that its scene announces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.levels.deeds import LevelTerms
from liveroom.rooms.messages.level import LevelChanged, LevelReached, MyClub, MyLevel
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.rules.points import Fan, day_of, level_at, points_for, standing_of, worth
from liveroom.rooms.rules.standing import Standing
from liveroom.rooms.storage.outbox import Lane, Message
from liveroom.rooms.webhook_events import webhook_batch

LANE = "standings"
MOST_TOLD = 20
"""Announcements of one commit in one room: a gift for everybody should not fill the screen."""
Change = tuple[str, Fan | None, Fan]
"""Room, before, after."""


class Stands(NamedTuple):
    """Where somebody stands now, as the lane tells it."""

    user_id: str
    standing: Standing
    mine: bytes


def tell_standings(changes: Sequence[Change], terms: Mapping[str, LevelTerms], now_ms: int) -> list[Message]:
    """Everything that is told of changed standings."""
    rooms: dict[str, list[Change]] = {}
    for change in changes:
        rooms.setdefault(change[0], []).append(change)
    messages: list[Message] = []
    for room, each in rooms.items():
        messages.append(_for_nodes(room, [after for _, _, after in each], terms[room], now_ms))
        reached = [found for change in each if (found := _announce(change, terms[room])) is not None]
        if reached:
            events = [
                Event("level.reached", encode_event("level.reached", now_ms, told)) for told in reached[:MOST_TOLD]
            ]
            messages.append(room_message(room, events))
            webhooks = [("level.reached", {"user_id": told.user.id, "level": told.level}) for told in reached]
            messages.append(webhook_batch(room, webhooks))
    return messages


def read_standings(payloads: Iterable[bytes]) -> Sequence[Stands]:
    """What the lane was told, the newest of each person."""
    found = {
        user_id: Stands(user_id, Standing(level, club), orjson.dumps(mine))
        for payload in payloads
        for user_id, level, club, mine in orjson.loads(payload)
    }
    return list(found.values())


def my_level(fan: Fan, terms: LevelTerms, now_ms: int) -> MyLevel:
    """Where somebody stands, for themselves."""
    levels = terms.levels
    level = level_at(fan.points, levels.step, levels.most)
    is_today = fan.day == day_of(now_ms, terms.utc_offset_min)
    today = {action.value: worth(action, amount, levels) for action, amount in fan.today.items()} if is_today else {}
    return MyLevel(
        level=level,
        points=fan.points,
        next=points_for(level + 1, levels.step) if level < levels.most else None,
        today=today,
        club=my_club(fan, terms),
    )


def my_club(fan: Fan, terms: LevelTerms) -> MyClub | None:
    """Where somebody stands in the club; None: no member."""
    options = terms.club
    if fan.member_since_ms is None:
        return None
    level = max(1, level_at(fan.club_points, options.step, options.most))
    next_ = points_for(level + 1, options.step) if level < options.most else None
    return MyClub(level=level, points=fan.club_points, next=next_, since=fan.member_since_ms)


def _for_nodes(room: str, fans: Sequence[Fan], terms: LevelTerms, now_ms: int) -> Message:
    told = []
    for fan in fans:
        standing = standing_of(fan, terms.levels, terms.club)
        mine = orjson.Fragment(encode_value(LevelChanged(level=my_level(fan, terms, now_ms))))
        told.append([fan.user_id, standing.level, standing.club, mine])
    return Message(Lane(LANE, room), orjson.dumps(told))


def _announce(change: Change, terms: LevelTerms) -> LevelReached | None:
    _, before, after = change
    every = terms.levels.announce_every
    was = standing_of(before, terms.levels, terms.club).level if before is not None else 0
    now = standing_of(after, terms.levels, terms.club)
    if not every or after.rated or now.level // every <= was // every:
        return None
    user = Visitor(id=after.user_id, name=after.name, level=now.level, club=now.club, demo=after.demo)
    return LevelReached(user=user, level=now.level // every * every)
