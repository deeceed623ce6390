"""A run goes through its phases, and ends whatever happens."""

from __future__ import annotations

import pytest

from loadtests.conduct.phases import COUNT_S, FILL_SPARE_S, Course, News, Phase

COURSE = Course(users=10, spawn_per_s=10, end_s=60, settle_s=2, drain_s=5)


@pytest.mark.parametrize(
    ("phase", "news", "follows"),
    [
        (Phase.FILL, News(0.5, 9, 0, 2), Phase.FILL),
        (Phase.FILL, News(0.5, 10, 0, 2), Phase.SETTLE),
        (Phase.FILL, News(0.5, 9, 1, 2), Phase.COUNT),
        (Phase.FILL, News(FILL_SPARE_S + 1.1, 9, 0, 2), Phase.COUNT),
        (Phase.SETTLE, News(COURSE.settle_s - 0.1, 10, 0, 2), Phase.SETTLE),
        (Phase.SETTLE, News(COURSE.settle_s, 10, 0, 2), Phase.RUN),
        (Phase.RUN, News(59.9, 10, 0, 2), Phase.RUN),
        (Phase.RUN, News(60, 10, 0, 2), Phase.DRAIN),
        (Phase.DRAIN, News(COURSE.drain_s - 0.1, 10, 0, 2), Phase.DRAIN),
        (Phase.DRAIN, News(COURSE.drain_s, 10, 0, 2), Phase.COUNT),
        (Phase.COUNT, News(1, 10, 0, 1), Phase.COUNT),
        (Phase.COUNT, News(1, 10, 0, 0), Phase.DONE),
        (Phase.COUNT, News(COUNT_S + COURSE.drain_s + 0.1, 10, 0, 1), Phase.DONE),
        (Phase.DONE, News(999, 10, 0, 0), Phase.DONE),
    ],
)
def test_each_phase_has_its_end(phase: Phase, news: News, follows: Phase) -> None:
    assert COURSE.next_phase(phase, 0.0, news) is follows
