"""A climb ends at the first step that does not hold and names the highest that did."""

from __future__ import annotations

import pytest

from loadtests.drive.knee import Ascent, Came, Step, climb
from loadtests.drive.knee_page import draw_knee
from loadtests.plan.changes import Changes
from loadtests.plan.profiles import Climb, read_slo

PROFILE = read_slo().find("step")
BY_LURKERS = Climb(by="lurkers", factor=2, most=5)


def climb_with(codes: list[int], plan: Climb = BY_LURKERS) -> tuple[str, list[Changes]]:
    made: list[Changes] = []

    def run_step(changes: Changes, name: str) -> Came:
        made.append(changes)
        return Came(codes[len(made) - 1], 40.0, 80.0)

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


def test_the_page_of_a_climb_names_each_step_and_its_verdict() -> None:
    steps = (Step("lurkers-1", 270, 15.0, 0, 30.0, 41.0), Step("lurkers-2", 1390, 15.0, 1, 612.0, None))
    page = draw_knee("step", [Ascent("lurkers", steps)], "liveroom loadtest --profile step <b>")
    assert "270 viewers with 15 messages/s held; at the next step the server did not hold it" in page
    assert page.count("<tr>") == 3
    assert "1,390" in page
    assert "612" in page
    assert "&lt;b&gt;" in page
