"""The search for an opponent: nobody is forgotten, nobody is put together twice."""

from __future__ import annotations

import time

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules import battle_search
from liveroom.rooms.rules.battle_search import (
    AGAIN_MS,
    MOST_SEEKERS,
    TRIES,
    Begun,
    Elapse,
    Open,
    SearchState,
    Seek,
    Seeker,
    StopSeeking,
    apply,
)
from tests.rooms.builders import MACHINE, NOW

WAIT_MS = 60_000


def seeker(room: str, rating: int = 1_500, since_ms: int = NOW, host: str | None = None) -> Seeker:
    return Seeker(room, Person(id=host or f"host-{room}", name=room), rating, since_ms, since_ms + WAIT_MS)


def search(*seekers: Seeker) -> SearchState:
    state = apply(None, Open("show"), NOW)
    for each in seekers:
        state = apply(state, Seek(each), each.since_ms)
    return state


def met(state: SearchState) -> list[set[str]]:
    return [{pair.first.room, pair.second.room} for pair in state.pairs]


def test_two_of_the_same_strength_meet_at_once() -> None:
    state = search(seeker("a"), seeker("b", 1_600))
    assert met(state) == [{"a", "b"}]
    assert state.seekers == ()


def test_the_nearest_is_taken_and_the_longest_waiting_is_served_first() -> None:
    state = search(seeker("a", 1_000), seeker("b", 1_290), seeker("c", 1_310))
    assert met(state) == [{"b", "c"}]
    far = search(seeker("a", 1_500), seeker("b", 1_800), seeker("c", 2_100))
    assert met(far) == []
    assert met(apply(far, Elapse(), NOW + 10_000)) == [{"a", "b"}]


def test_the_difference_that_is_accepted_grows_with_the_time_waited() -> None:
    state = search(seeker("a", 1_000), seeker("b", 1_200))
    assert met(apply(state, Elapse(), NOW + 4_999)) == []
    assert battle_search.due(state) == NOW + 5_000
    assert met(apply(state, Elapse(), NOW + 5_000)) == [{"a", "b"}]


def test_nobody_meets_themselves() -> None:
    assert met(search(seeker("a", host="ann"), seeker("b", host="ann"))) == []
    assert met(search(seeker("a", host="ann"), seeker("b", host="ann"), seeker("c"))) == [{"a", "c"}]


def test_a_search_ends_and_the_clock_rests_when_nobody_waits() -> None:
    state = search(seeker("a"))
    assert battle_search.due(state) == NOW + WAIT_MS
    over = apply(state, Elapse(), NOW + WAIT_MS)
    assert (over.seekers, battle_search.due(over)) == ((), None)


def test_who_stops_is_not_met_and_a_repeat_changes_nothing() -> None:
    state = apply(search(seeker("a")), StopSeeking("a"), NOW)
    assert apply(state, StopSeeking("a"), NOW) is state
    assert met(apply(state, Seek(seeker("b")), NOW)) == []
    waiting = search(seeker("a"))
    assert apply(waiting, Seek(seeker("a", since_ms=NOW + 500)), NOW).seekers == waiting.seekers


def test_a_pair_stays_until_its_battle_has_begun_or_is_given_up() -> None:
    state = search(seeker("a"), seeker("b"))
    [pair] = state.pairs
    assert apply(state, Elapse(), NOW + 1) is state
    assert apply(state, Begun(pair.id), NOW).pairs == ()
    tries = 0
    while (due_ms := battle_search.due(state)) is not None:
        again = apply(state, Elapse(), due_ms)
        assert again is not state, "whoever looks after a pair hears of it again"
        state, tries = again, tries + 1
    assert tries == TRIES + 1
    assert pair.next_ms == NOW + AGAIN_MS


def test_whoever_was_put_together_in_vain_goes_on_with_the_time_waited() -> None:
    state = search(seeker("a"), seeker("b", since_ms=NOW + 1))
    [pair] = state.pairs
    back = apply(state, Begun(pair.id, again=("b",)), NOW + 2_000)
    assert [(each.room, each.since_ms) for each in back.seekers] == [("b", NOW + 1)]
    assert apply(back, Begun(pair.id, again=("b",)), NOW + 2_000).seekers == back.seekers


def test_the_queue_is_bounded_and_a_look_at_a_full_one_is_quick() -> None:
    crowd = tuple(seeker(f"r{at}", rating=at * 1_000) for at in range(MOST_SEEKERS))
    full = SearchState("show", crowd)
    with pytest.raises(Refusal) as refused:
        apply(full, Seek(seeker("late")), NOW)
    assert refused.value.code == ErrorCode.OVERLOADED
    begun = time.thread_time()
    assert len(apply(full, Elapse(), NOW).seekers) == MOST_SEEKERS
    assert time.thread_time() - begun < 0.5


class SearchMachine(RuleBasedStateMachine):
    """The queue on one side, on the other who was told what."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = NOW
        self.state = search()
        self.waiting: set[str] = set()
        self.ids: set[str] = set()

    def do(self, command: battle_search.Command) -> None:
        known = {pair.id for pair in self.state.pairs}
        self.state = apply(self.state, command, self.now_ms)
        fresh = [pair for pair in self.state.pairs if pair.id not in known]
        for pair in fresh:
            assert pair.id not in self.ids
            self.ids.add(pair.id)
            assert {pair.first.room, pair.second.room} <= self.waiting
            self.waiting -= {pair.first.room, pair.second.room}

    @rule(room=st.sampled_from("abcdef"), rating=st.sampled_from([1_000, 1_450, 1_500, 2_500]))
    def seek(self, room: str, rating: int) -> None:
        if all(room not in {pair.first.room, pair.second.room} for pair in self.state.pairs):
            self.waiting.add(room)
        self.do(Seek(seeker(room, rating, self.now_ms)))

    @rule(room=st.sampled_from("abcdef"))
    def stop(self, room: str) -> None:
        self.waiting.discard(room)
        self.do(StopSeeking(room))

    @rule(ms=st.sampled_from([-5_000, 1, 1_000, 20_000, 61_000]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        over = {each.room for each in self.state.seekers if each.until_ms <= self.now_ms}
        self.waiting -= over
        self.do(Elapse())

    @rule(again=st.sampled_from(["", "first", "both"]))
    def begin(self, again: str) -> None:
        if self.state.pairs:
            pair = self.state.pairs[0]
            rooms = {"": (), "first": (pair.first.room,), "both": (pair.first.room, pair.second.room)}[again]
            self.waiting |= set(rooms)
            self.do(Begun(pair.id, rooms))

    @invariant()
    def everybody_who_waits_is_there_once(self) -> None:
        rooms = [each.room for each in self.state.seekers]
        assert sorted(rooms) == sorted(self.waiting)
        due_ms = battle_search.due(self.state)
        assert (due_ms is None) == (not self.state.seekers and not self.state.pairs)
        if due_ms is not None:
            assert apply(self.state, Elapse(), max(due_ms, self.now_ms)) is not self.state, "the clock brings something"


TestSearchMachine = SearchMachine.TestCase
TestSearchMachine.settings = settings(MACHINE, max_examples=100)
