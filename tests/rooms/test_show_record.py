"""The record of a show: what nodes count in any order is put together, and what stands out is found."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from liveroom.rooms.messages.numbers import MOST_HIGHLIGHTS, NO_FIGURES, Figures, Highlight, HighlightKind, RecordStatus
from liveroom.rooms.rules import show_record
from liveroom.rooms.rules.highlights import find_highlights, view
from liveroom.rooms.rules.show_record import (
    ENDED,
    LIVE,
    MINUTE_MS,
    MOST_FIGHTS,
    MOST_MINUTES,
    NAMES,
    TABLE,
    Begin,
    Command,
    End,
    Fight,
    Note,
    NoteFight,
    Record,
    Sample,
    apply,
    sample,
)
from tests.rooms.builders import NOW


def figures(**counted: int) -> Figures:
    """Figures that are 0 but for those given."""
    return NO_FIGURES.model_copy(update=counted)


FIGURES = figures(viewers=3, comments=5, gift_amount=7, sales_amount=9)
COMMANDS: tuple[Command, ...] = (Note(FIGURES, NOW + 1), NoteFight(Fight("b", 1, NOW + 1)), End(NOW + 1))
counts = st.integers(0, 9)
notes = st.builds(
    lambda minute, comments, viewers: Note(
        figures(comments=comments, viewers=viewers, visits=viewers),
        NOW + minute * MINUTE_MS,
        (Sample(minute, viewers, comments, comments, 0),),
    ),
    counts,
    counts,
    counts,
)


def make_record(status: RecordStatus = LIVE) -> Record:
    """A record that has just begun, or has ended at once."""
    state = show_record.begin(Begin("show_1", "demo", NOW, "CNY", "COIN"))
    return state if status is LIVE else apply(state, End(NOW))


def counted(*comments: int, **more: tuple[int, ...]) -> Record:
    """A show of so many minutes with the sums of their comments, and of other things by their name."""
    blank = [0] * len(comments)
    names = {name: more.get(name, blank) for name in ("viewers", "gifts", "sales")}
    minutes = zip(
        names["viewers"],
        itertools.accumulate(comments),
        *(itertools.accumulate(names[name]) for name in ("gifts", "sales")),
        strict=True,
    )
    samples = tuple(Sample(at, *each) for at, each in enumerate(minutes))
    return apply(make_record(), Note(NO_FIGURES, NOW + len(comments) * MINUTE_MS, samples))


def marks(state: Record, kind: HighlightKind) -> list[tuple[int, int]]:
    """Minute and value of the highlights of a kind."""
    return [(each.offset_s // 60, each.value) for each in find_highlights(state) if each.kind is kind]


@pytest.mark.parametrize("status", RecordStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_is_as_the_table_says(status: RecordStatus, command: Command) -> None:
    state = make_record(status)
    assert set(NAMES) == {type(each) for each in COMMANDS}
    after = apply(state, command)
    assert after.status is TABLE[(status, type(command))]
    assert (after is state) == (status is ENDED)
    assert after.version == state.version + (after is not state)


@given(st.lists(notes, max_size=4).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_nodes_may_count_in_any_order_and_twice(told: tuple[list[Note], list[Note]]) -> None:
    ordered, shuffled = told
    one, other = make_record(), make_record()
    for note in ordered:
        one = apply(one, note)
    for note in (*shuffled, *shuffled):
        other = apply(other, note)
    assert (one.samples, one.figures.comments, one.counted_ms) == (
        other.samples,
        other.figures.comments,
        other.counted_ms,
    )
    assert TypeAdapter(Record).validate_json(TypeAdapter(Record).dump_json(one)) == one


def test_the_present_minute_has_the_most_viewers_and_the_sums() -> None:
    state = make_record()
    now_ms = NOW + 61_000
    assert sample(state, FIGURES, now_ms) == Sample(1, 3, 5, 7, 9)
    assert sample(state, FIGURES, NOW - 5).minute == 0, "a clock that ran backwards"


def test_the_best_minute_is_a_highlight_and_others_when_they_stand_out_apart_from_it() -> None:
    busy = counted(1, 1, 40, 39, 1, 1, 1, 30, 1, 1, 1, 2)
    assert marks(busy, HighlightKind.COMMENTS) == [(2, 40), (7, 30)], "39 is beside 40; 2 is no more than the average"
    assert marks(counted(2, 2, 2), HighlightKind.COMMENTS) == [(0, 2)]
    assert marks(counted(0, 0), HighlightKind.COMMENTS) == []
    assert find_highlights(make_record()) == ()


def test_gifts_sales_and_the_largest_audience_have_marks_of_their_own() -> None:
    state = counted(0, 0, 0, viewers=(5, 9, 7), gifts=(0, 0, 100), sales=(700, 0, 0))
    assert [(each.kind.value, each.at, each.value) for each in find_highlights(state)] == [
        ("sales", NOW, 700),
        ("viewers", NOW + MINUTE_MS, 9),
        ("gifts", NOW + 2 * MINUTE_MS, 100),
    ]


def test_what_came_while_nobody_counted_is_spread_over_that_time() -> None:
    state = apply(make_record(), Note(NO_FIGURES, NOW, (Sample(0, 1, 4, 0, 0), Sample(4, 1, 44, 0, 0))))
    assert marks(state, HighlightKind.COMMENTS) == [(1, 10)]


def test_a_round_of_a_battle_is_marked_once() -> None:
    fight = Fight("b1", 2, NOW + 90_500, ("demo",))
    state = apply(apply(make_record(), NoteFight(fight)), NoteFight(fight))
    assert find_highlights(state) == (
        Highlight(kind=HighlightKind.BATTLE, at=NOW + 90_500, offset_s=90, value=2, battle="b1", winners=("demo",)),
    )


def test_a_record_is_bounded_and_its_highlights_fit_the_wire() -> None:
    state = make_record()
    for number in range(MOST_FIGHTS + 5):
        state = apply(state, NoteFight(Fight("b", number, NOW)))
    long = tuple(Sample(at, at % 7, at * 3 + 40 * (at // 100), at, at) for at in range(MOST_MINUTES + 5))
    state = apply(state, Note(FIGURES, NOW, long))
    assert (len(state.fights), len(state.samples)) == (MOST_FIGHTS, MOST_MINUTES)
    assert len(view(state).highlights) <= MOST_HIGHLIGHTS


def test_the_last_whole_minute_says_how_fast_people_talk_and_the_end_stays() -> None:
    state = apply(counted(4, 6), Note(figures(comments=11), NOW + 2 * MINUTE_MS + 9))
    assert view(state).comments_per_min == 6
    ended = apply(state, End(NOW + 5, Note(figures(comments=12), NOW + 3 * MINUTE_MS)))
    assert (ended.status, ended.figures.comments, ended.ended_ms) == (ENDED, 12, NOW + 5)
    assert view(ended).ended_at == NOW + 5
