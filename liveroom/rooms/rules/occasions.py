"""What is known of an entry, in the conditions that scenes are written in; shared by welcome and cue.

Promise: `birthday` and special days are those of the room's own calendar day, not of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from liveroom.rooms.rules.calendar import days_kept
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from liveroom.rooms.scene import Condition, Occasion

FROM = {
    "community": Condition.FROM_COMMUNITY,
    "share": Condition.FROM_SHARE,
    "ad": Condition.FROM_AD,
}

Rule = TypeVar("Rule", bound=Occasion)


class Entry(NamedTuple):
    """An entry as rules of a scene see it: the conditions that hold, and the numbers."""

    held: frozenset[Condition]
    days_away: int
    level: int
    today: tuple[str, ...]


def describe(traits: Traits, visit: Visit, now_ms: int, utc_offset_min: int) -> Entry:
    """What is known of the entry of a person into a visit."""
    today = days_kept(now_ms, utc_offset_min)
    held = [Condition.FIRST_VISIT if visit.first else Condition.RETURNING]
    if traits.birthday in today:
        held.append(Condition.BIRTHDAY)
    if traits.bought:
        held.append(Condition.BOUGHT)
    if traits.member:
        held.append(Condition.MEMBER)
    if traits.vip:
        held.append(Condition.VIP)
    if traits.club is not None:
        held.append(Condition.FAN)
    if traits.top:
        held.append(Condition.TOP_GIVER)
    if traits.source is not None:
        held.append(FROM[traits.source])
    return Entry(frozenset(held), visit.days_away or 0, traits.level, today)


def fitting(rules: Iterable[Rule], entry: Entry) -> list[Rule]:
    """The rules that hold for an entry, in their order."""
    held, days_away, level, today = entry
    return [
        rule
        for rule in rules
        if rule.needs <= held
        and days_away >= rule.min_days
        and level >= rule.min_level
        and (not rule.days or any(day in rule.days for day in today))
    ]
