"""Visits: one person, several devices, cuts and returns; welcomed once, counted once."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.rooms.rules import visits
from liveroom.rooms.rules.visits import PastVisits, Visit
from tests.rooms.builders import DAY_MS, MACHINE, NOW

GAP_MS = 300_000
DELAY_MS = 12_000


def enter(
    visit: Visit | None = None, past: PastVisits | None = None, at_ms: int = NOW, *, resumed: bool = False
) -> tuple[Visit, bool]:
    return visits.enter(visit, past, "u1", at_ms, gap_ms=GAP_MS, resumed=resumed)


def test_the_first_visit_is_new_and_has_no_days_away() -> None:
    visit, is_new = enter()
    assert (is_new, visit.first, visit.days_away, visit.connections) == (True, True, None, 1)


@pytest.mark.parametrize(("away_ms", "days"), [(0, 0), (DAY_MS - 1, 0), (DAY_MS, 1), (30 * DAY_MS + 5, 30), (-5, 0)])
def test_a_return_knows_its_whole_days_away(away_ms: int, days: int) -> None:
    visit, is_new = enter(past=PastVisits(4, NOW - away_ms))
    assert (is_new, visit.first, visit.number, visit.days_away) == (True, False, 5, days)


def test_a_reconnect_within_the_gap_is_the_same_visit() -> None:
    visit = visits.leave(enter()[0], NOW + 1000)
    again, is_new = enter(visit, at_ms=NOW + 1000 + GAP_MS - 1)
    assert not is_new
    assert again.number == 1
    assert visits.stay_ms(again, NOW + 1000 + GAP_MS + 999) == 2000


def test_after_the_gap_a_new_visit_begins_even_with_a_position() -> None:
    visit = visits.leave(enter()[0], NOW + 1000)
    again, is_new = enter(visit, at_ms=NOW + 1000 + GAP_MS, resumed=True)
    assert is_new
    assert again.number == 2


def test_a_second_device_is_no_new_visit_and_the_last_one_to_go_ends_the_stay() -> None:
    visit, _ = enter()
    visit, is_new = enter(visit, at_ms=NOW + 10)
    assert not is_new
    visit = visits.leave(visit, NOW + 20)
    assert not visits.is_gone(visit, NOW + DAY_MS, DELAY_MS)
    visit = visits.leave(visit, NOW + 30)
    assert not visits.is_gone(visit, NOW + 30 + DELAY_MS - 1, DELAY_MS)
    assert visits.is_gone(visit, NOW + 30 + DELAY_MS, DELAY_MS)
    assert visits.stay_ms(visit, NOW + DAY_MS) == 30
    assert visits.leave(visit, NOW + 40) == visit


def test_a_forgotten_visit_that_resumes_goes_on_quietly() -> None:
    assert enter(resumed=True)[1] is False
    assert enter(past=PastVisits(2, NOW), resumed=True)[1] is False


@pytest.mark.parametrize(("stay", "acts", "bounced"), [(2999, 0, True), (3000, 0, False), (500, 1, False)])
def test_leaving_within_three_seconds_without_an_act_is_a_bounce(stay: int, acts: int, bounced: bool) -> None:
    visit, _ = enter()
    for _ in range(acts):
        visit = visits.act(visit)
    assert not visits.bounced(visit)
    assert visits.bounced(visits.leave(visit, NOW + stay)) is bounced


def test_two_short_stays_count_together() -> None:
    visit = visits.leave(enter()[0], NOW + 2000)
    visit = visits.leave(enter(visit, at_ms=NOW + 5000)[0], NOW + 7000)
    assert not visits.bounced(visit)


def test_what_is_remembered_makes_the_next_visit_a_return() -> None:
    visit = visits.leave(enter()[0], NOW + 5)
    assert visits.close(visit) == PastVisits(1, NOW + 5)


class Person(RuleBasedStateMachine):
    """One person against a model that keeps the whole history of their presence as intervals."""

    def __init__(self) -> None:
        super().__init__()
        self.visit: Visit | None = None
        self.now_ms = NOW
        self.devices = 0
        self.visits: list[list[tuple[int, int | None]]] = []
        self.acts = 0

    def last_seen(self) -> int | None:
        return self.visits[-1][-1][1] if self.visits else None

    @rule(ms=st.one_of(st.integers(0, 5000), st.integers(GAP_MS - 2, GAP_MS + 2), st.just(3 * DAY_MS)))
    def wait(self, ms: int) -> None:
        self.now_ms += ms

    @rule(resumed=st.booleans())
    def connect(self, resumed: bool) -> None:
        begins = not self.visits
        last_seen = self.last_seen()
        if self.devices == 0 and last_seen is not None:
            begins = self.now_ms - last_seen >= GAP_MS
        self.visit, is_new = visits.enter(self.visit, None, "u1", self.now_ms, gap_ms=GAP_MS, resumed=resumed)
        assert is_new == (begins and not (resumed and not self.visits))
        if begins:
            self.visits.append([])
            self.acts = 0
        if begins or self.devices == 0:
            self.visits[-1].append((self.now_ms, None))
        self.devices += 1

    @rule()
    def disconnect(self) -> None:
        if self.visit is None:
            return
        self.visit = visits.leave(self.visit, self.now_ms)
        if self.devices == 1:
            self.visits[-1][-1] = (self.visits[-1][-1][0], self.now_ms)
        self.devices = max(0, self.devices - 1)

    @rule()
    def act(self) -> None:
        if self.visit is not None:
            self.visit = visits.act(self.visit)
            self.acts += 1

    @invariant()
    def agrees(self) -> None:
        if self.visit is None:
            return
        stays = self.visits[-1]
        stay_ms = sum((end if end is not None else self.now_ms) - start for start, end in stays)
        assert visits.stay_ms(self.visit, self.now_ms) == stay_ms
        assert self.visit.connections == self.devices
        assert self.visit.number == len(self.visits)
        assert visits.bounced(self.visit) == (self.devices == 0 and stay_ms < 3000 and self.acts == 0)
        last_seen = self.last_seen()
        away_ms = self.now_ms - last_seen if last_seen is not None else -1
        assert visits.is_gone(self.visit, self.now_ms, DELAY_MS) == (away_ms >= DELAY_MS)
        assert visits.is_over(self.visit, self.now_ms, GAP_MS) == (away_ms >= GAP_MS)


Person.TestCase.settings = MACHINE
TestPerson = Person.TestCase
