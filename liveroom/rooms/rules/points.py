"""Points for engagement: what each deed is worth, at most so much of each kind a day, and the level they come to (L15).

Promise: what is credited hangs on the sums of a day alone, not on how they came in; a day of one action is never worth
more than its `daily`; a minute counts once, however many devices and nodes have seen it; points never fall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isqrt
from types import MappingProxyType

from liveroom.rooms.options.levels import ActionOptions, ClubOptions, LevelOptions
from liveroom.rooms.rules.standing import Standing

DAY_MS = 86_400_000
MINUTE_MS = 60_000
MOST_POINTS = 2**53 - 1
MOST_OF_A_DAY = 2**53 - 1


class Action(StrEnum):
    """What is worth points."""

    COMMENT = "comment"
    LIKE = "like"
    MINUTE = "minute"
    GIFT = "gift"
    SHARE = "share"


Amounts = Mapping[Action, int]
NOTHING: Amounts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Deeds:
    """What somebody has done since the last time.

    Args:
        name, demo: how they are shown; the newest are kept.
        amounts: of actions: comments, single likes, minor units of gifts, shares; minutes are not given here.
        minutes: in which they were here, as whole minutes since the epoch, ascending.
        rated: the application gives them a level of its own; None: not known here.
    """

    user_id: str
    name: str
    demo: bool = False
    amounts: Amounts = field(default_factory=lambda: NOTHING)
    minutes: tuple[int, ...] = ()
    rated: bool | None = None


@dataclass(frozen=True, slots=True)
class Fan:
    """Somebody's row.

    Args:
        day: days since the epoch in the room's own time, of `today`.
        today: amounts of that day.
        minute: the last one that was counted.
        member_since_ms: of the fan club, epoch ms; None: no member.
        club_points: gained while a member.
        rated: the application gives them a level of its own, so nobody is told of the earned one.
    """

    user_id: str
    name: str
    demo: bool = False
    points: int = 0
    day: int = 0
    today: Amounts = field(default_factory=lambda: NOTHING)
    minute: int = 0
    member_since_ms: int | None = None
    club_points: int = 0
    rated: bool = False


def day_of(now_ms: int, utc_offset_min: int) -> int:
    """The day in a room's own time, in days since the epoch."""
    return (now_ms + utc_offset_min * MINUTE_MS) // DAY_MS


def credit(fan: Fan, deeds: Deeds, day: int, terms: LevelOptions) -> Fan:
    """The row after somebody's deeds. A day before the last one that was counted is taken for that one."""
    is_new_day = day > fan.day
    before = NOTHING if is_new_day else fan.today
    minutes = [minute for minute in deeds.minutes if minute > fan.minute]
    added = {**deeds.amounts, Action.MINUTE: len(minutes)}
    today = {
        action: min(before.get(action, 0) + added.get(action, 0), MOST_OF_A_DAY)
        for action in Action
        if before.get(action) or added.get(action)
    }
    gained = sum(
        worth(action, amount, terms) - worth(action, before.get(action, 0), terms) for action, amount in today.items()
    )
    is_member = fan.member_since_ms is not None
    return replace(
        fan,
        name=deeds.name,
        demo=deeds.demo,
        points=min(fan.points + gained, MOST_POINTS),
        day=max(day, fan.day),
        today=today,
        minute=minutes[-1] if minutes else fan.minute,
        rated=fan.rated if deeds.rated is None else deeds.rated,
        club_points=min(fan.club_points + gained, MOST_POINTS) if is_member else fan.club_points,
    )


def worth(action: Action, amount: int, terms: LevelOptions) -> int:
    """The points for the sum of one action on one day."""
    each: ActionOptions = getattr(terms, action.value)
    return min(amount // each.per * each.points, each.daily)


def level_at(points: int, step: int, most: int) -> int:
    """The level that points come to."""
    pairs = 2 * points // step
    return min((isqrt(4 * pairs + 1) - 1) // 2, most)


def points_for(level: int, step: int) -> int:
    """The points that a level needs."""
    return step * level * (level + 1) // 2


def standing_of(fan: Fan, levels: LevelOptions, club: ClubOptions) -> Standing:
    """Where somebody stands; a member has at least level 1 in the club."""
    level = level_at(fan.points, levels.step, levels.most)
    if fan.member_since_ms is None:
        return Standing(level)
    return Standing(level, max(1, level_at(fan.club_points, club.step, club.most)))
