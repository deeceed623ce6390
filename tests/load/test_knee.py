"""A climb ends at the first step that does not hold and names the highest that did."""

from __future__ import annotations

import pytest

from loadtests.drive.knee import climb
from loadtests.plan.changes import Changes
from loadtests.plan.profiles import Climb, read_slo

PROFILE = read_slo().find("step")
BY_LURKERS = Climb(by="lurkers", factor=2, most=5)


def climb_with(codes: list[int], plan: Climb = BY_LURKERS) -> tuple[str, list[Changes]]:
    made: list[Changes] = []

    def run_step(changes: Changes, name: str) -> int:
        made.append(changes)
        return codes[len(made) - 1]

    return climb(PROFILE, plan, run_step).says, made


@pytest.mark.parametrize(
    ("codes", "steps", "says"),
    [
        ([0, 0, 1], 3, "the server did not hold it"),
        ([0, 2], 2, "the server did not hold it"),
        ([0, 0, 3, 3], 4, "the generator was the limit"),
        ([0, 3, 0, 1], 4, "the server did not hold it"),
        ([0, 0, 0, 0, 0], 5, "the knee lies above"),
        ([1], 1, "not even the first step held, the server did not hold it"),
        ([3, 3], 2, "not even the first step held, the generator was the limit"),
    ],
)
def test_the_climb_ends_where_it_must_and_says_why(codes: list[int], steps: int, says: str) -> None:
    said, made = climb_with(codes)
    assert len(made) == steps
    assert says in said


def test_each_step_is_higher_by_the_factor() -> None:
    _, made = climb_with([0, 0, 1])
    assert [changes.lurkers for changes in made] == [1, 2, 4]
    said, made = climb_with([0, 0, 1], Climb(by="rates", factor=3, most=5))
    assert [changes.rates for changes in made] == [1, 3, 9]
    assert f"{PROFILE.acts['comment'].per_s * 3:g} messages/s held" in said
