"""The audience: counted right, told calmly, and named by a sample of those who just came."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.audience import AudienceCounted, Joiner
from liveroom.rooms.rules import audience
from liveroom.rooms.rules.audience import CALM_MS, DEBOUNCE_MS, Audience
from liveroom.rooms.rules.traits import Traits
from tests.rooms.builders import MACHINE, NOW


def person(number: int, level: int = 0) -> Traits:
    return Traits(f"u{number}", f"n{number}", Role.VIEWER, level)


def crowd(viewers: int) -> Audience:
    """A room with so many viewers, all told at NOW."""
    return Audience(viewers, viewers, viewers, (), viewers, viewers, NOW)


def test_the_first_viewer_is_told_at_once_by_name() -> None:
    state = audience.came(Audience(), person(1, 7), NOW, new_visit=True)
    state, told = audience.publication(state, NOW)
    assert told == AudienceCounted(viewers=1, joined=1, peak=1, sample=(Joiner(name="n1", level=7),))
    assert audience.due_at(state, NOW) is None


def test_a_viewer_who_is_back_after_the_delay_counts_as_viewer_but_not_as_new_visit() -> None:
    state = audience.went(audience.came(Audience(), person(1), NOW, new_visit=True))
    state = audience.came(state, person(1), NOW + 60_000, new_visit=False)
    assert (state.viewers, state.joined, state.peak) == (1, 1, 1)
    assert len(state.recent) == 1


def test_counts_are_told_at_most_once_a_second() -> None:
    state = audience.came(crowd(10), person(1), NOW + 1, new_visit=True)
    assert audience.due_at(state, NOW) == NOW + DEBOUNCE_MS
    assert audience.publication(state, NOW + DEBOUNCE_MS - 1) == (state, None)
    assert audience.publication(state, NOW + DEBOUNCE_MS)[1] is not None


def test_in_a_large_room_changes_under_one_percent_wait_five_seconds() -> None:
    state = crowd(2000)
    for number in range(19):
        state = audience.came(state, person(number), NOW, new_visit=True)
    assert audience.due_at(state, NOW) == NOW + CALM_MS
    state = audience.came(state, person(19), NOW, new_visit=True)
    assert audience.due_at(state, NOW) == NOW + DEBOUNCE_MS


def test_the_sample_is_those_of_the_last_second_the_highest_levels_first() -> None:
    state = audience.came(crowd(10), person(0, 99), NOW, new_visit=True)
    for number in range(1, 9):
        state = audience.came(state, person(number, number), NOW + 1000, new_visit=True)
    sample = audience.counted(state, NOW + 1000).sample
    assert [joiner.level for joiner in sample] == [8, 7, 6, 5, 4]
    assert audience.counted(state, NOW + 2000).sample == ()


def test_a_show_begins_with_those_who_wait() -> None:
    state = audience.begin_show(Audience(viewers=7, joined=30, peak=20))
    assert (state.viewers, state.joined, state.peak) == (7, 7, 7)


class Crowd(RuleBasedStateMachine):
    """Counts against a plain set of people, and what was told against the rules of telling."""

    def __init__(self) -> None:
        super().__init__()
        self.state = Audience()
        self.now_ms = NOW
        self.here: set[int] = set()
        self.joined = 0
        self.news: list[tuple[int, int, int]] = []
        self.peak = 0
        self.told: tuple[int, int, int] | None = None

    @rule(ms=st.sampled_from([0, 1, 300, 999, 1000, 5000]))
    def wait(self, ms: int) -> None:
        self.now_ms += ms

    @rule(count=st.integers(1, 8), level=st.integers(0, 30))
    def enter(self, count: int, level: int) -> None:
        for _ in range(count):
            number = self.joined
            self.state = audience.came(self.state, person(number, level), self.now_ms, new_visit=True)
            self.joined += 1
            fresh = [one for one in self.news if self.now_ms - one[1] < 1000]
            self.news = sorted([*fresh, (level, self.now_ms, number)], key=lambda one: (*one[:2], f"n{one[2]}"))
            self.news = self.news[::-1][:5]
            self.here.add(number)
        self.peak = max(self.peak, len(self.here))

    @rule()
    def leave(self) -> None:
        if self.here:
            self.here.pop()
            self.state = audience.went(self.state)

    @rule()
    def tell(self) -> None:
        changed = self.told is None or self.told[1:] != (len(self.here), self.joined)
        changed = changed and (len(self.here), self.joined) != (0, 0)
        rested = self.told is None or self.now_ms - self.told[0] >= DEBOUNCE_MS
        before = self.state
        self.state, told = audience.publication(before, self.now_ms)
        assert (told is not None) == (changed and rested)
        if told is not None:
            assert (told.viewers, told.joined) == (len(self.here), self.joined)
            self.news = []
            self.told = (self.now_ms, told.viewers, told.joined)

    @invariant()
    def agrees(self) -> None:
        now = audience.counted(self.state, self.now_ms)
        assert (now.viewers, now.joined, now.peak) == (len(self.here), self.joined, self.peak)
        fresh = [(level, f"n{number}") for level, at_ms, number in self.news if self.now_ms - at_ms < 1000]
        assert [(joiner.level, joiner.name) for joiner in now.sample] == fresh


Crowd.TestCase.settings = MACHINE
TestCrowd = Crowd.TestCase


def test_what_was_taken_to_be_told_and_did_not_arrive_is_due_again() -> None:
    before = audience.came(crowd(1), person(2), NOW + 5_000, new_visit=True)
    state, counted = audience.publication(before, NOW + 5_000)
    assert counted is not None
    state = audience.untold(audience.came(state, person(3), NOW + 5_500, new_visit=True), before)
    assert audience.due_at(state, NOW + 5_500) == NOW + 5_000 + DEBOUNCE_MS
    _, counted = audience.publication(state, NOW + 6_000)
    assert counted is not None
    assert (counted.viewers, counted.joined) == (3, 3)
