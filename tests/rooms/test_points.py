"""Points and levels: caps of a day, minutes counted once, and sums that do not hang on how they come in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.rooms.options.levels import ActionOptions, ClubOptions, LevelOptions
from liveroom.rooms.rules.points import (
    Action,
    Amounts,
    Deeds,
    Fan,
    credit,
    day_of,
    level_at,
    points_for,
    standing_of,
    worth,
)
from liveroom.rooms.rules.standing import Standing
from tests.rooms.builders import DAY_MS, NOW

TERMS = LevelOptions()
CLUB = ClubOptions()
DAY = day_of(NOW, 480)
FAN = Fan("u1", "小雨", day=DAY)


def did(amounts: Amounts | None = None, minutes: tuple[int, ...] = ()) -> Deeds:
    return Deeds("u1", "小雨", amounts=amounts or {}, minutes=minutes)


@pytest.mark.parametrize(
    ("action", "amount", "points"),
    [
        (Action.COMMENT, 1, 2),
        (Action.COMMENT, 20, 40),
        (Action.COMMENT, 21, 40),
        (Action.LIKE, 9, 0),
        (Action.LIKE, 10, 1),
        (Action.LIKE, 10_000, 30),
        (Action.GIFT, 995, 99),
        (Action.SHARE, 3, 30),
        (Action.SHARE, 400, 30),
    ],
)
def test_a_day_of_an_action_is_worth_what_the_scene_says_and_no_more(action: Action, amount: int, points: int) -> None:
    assert credit(FAN, did({action: amount}), DAY, TERMS).points == points


def test_each_action_has_a_cap_of_its_own_and_the_next_day_begins_anew() -> None:
    farmed = credit(FAN, did({Action.COMMENT: 500, Action.SHARE: 50}, tuple(range(1, 501))), DAY, TERMS)
    assert farmed.points == 40 + 30 + 120
    assert credit(farmed, did({Action.COMMENT: 1}), DAY, TERMS).points == farmed.points
    assert credit(farmed, did({Action.COMMENT: 1}), DAY + 1, TERMS).points == farmed.points + 2


def test_a_clock_that_jumps_back_opens_no_second_day() -> None:
    farmed = credit(FAN, did({Action.COMMENT: 20}), DAY, TERMS)
    again = credit(farmed, did({Action.COMMENT: 20}), DAY - 1, TERMS)
    assert (again.points, again.day) == (40, DAY)


def test_a_minute_counts_once_however_many_nodes_have_seen_it() -> None:
    once = credit(FAN, did(minutes=(7, 8)), DAY, TERMS)
    again = credit(once, did(minutes=(7, 8, 9)), DAY, TERMS)
    assert (once.points, again.points, again.minute) == (2, 3, 9)


def test_the_day_is_that_of_the_room() -> None:
    midnight_utc = NOW - NOW % DAY_MS
    assert day_of(midnight_utc, 0) == day_of(midnight_utc - 1, 0) + 1
    assert day_of(midnight_utc - 1, 480) == day_of(midnight_utc, 480)
    assert day_of(midnight_utc, -60) == day_of(midnight_utc, 0) - 1


def test_points_of_members_count_in_the_club_as_well_and_those_of_before_do_not() -> None:
    before = credit(FAN, did({Action.GIFT: 1_000}), DAY, TERMS)
    member = credit(replace(before, member_since_ms=NOW), did({Action.GIFT: 600}), DAY, TERMS)
    assert (member.points, member.club_points) == (160, 60)
    assert standing_of(before, TERMS, CLUB) == Standing(2, None)
    assert standing_of(member, TERMS, CLUB) == Standing(3, 1)
    assert standing_of(replace(before, member_since_ms=NOW), TERMS, CLUB).club == 1


@pytest.mark.parametrize(("points", "level"), [(0, 0), (19, 0), (20, 1), (59, 1), (60, 2), (1_099, 9), (1_100, 10)])
def test_levels_need_ever_more(points: int, level: int) -> None:
    assert level_at(points, 20, 100) == level


@settings(max_examples=300)
@given(st.integers(1, 1_000_000), st.integers(1, 1_000), st.integers(0, 2**53))
def test_a_level_is_reached_with_exactly_its_points(step: int, most: int, points: int) -> None:
    level = level_at(points, step, most)
    assert points_for(level, step) <= points
    assert level == most or points < points_for(level + 1, step)


AMOUNTS = st.dictionaries(st.sampled_from([a for a in Action if a is not Action.MINUTE]), st.integers(0, 3_000))
SMALL = LevelOptions(like=ActionOptions(per=7, points=3, daily=100), gift=ActionOptions(per=13, points=2, daily=5_000))


@settings(max_examples=200)
@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 3)), max_size=12))
def test_points_are_those_of_the_sums_of_each_day(pieces: list[tuple[Amounts, int]]) -> None:
    fan, naive, day = Fan("u1", "小雨"), dict[int, dict[Action, int]](), 10
    for amounts, later in pieces:
        day += later
        fan = credit(fan, did(amounts), day, SMALL)
        sums = naive.setdefault(day, {})
        for action, amount in amounts.items():
            sums[action] = sums.get(action, 0) + amount
    expected = sum(worth(action, amount, SMALL) for sums in naive.values() for action, amount in sums.items())
    assert fan.points == expected


def test_terms_that_change_within_a_day_never_take_points_away() -> None:
    fan = credit(FAN, did({Action.COMMENT: 15}), DAY, TERMS)
    poorer = LevelOptions(comment=ActionOptions(points=1, daily=5))
    assert credit(fan, did({Action.COMMENT: 3}), DAY, poorer).points == fan.points
