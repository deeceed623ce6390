"""A climb ends at the first step that does not hold and names the highest that did."""

from __future__ import annotations

import pytest

from loadtests.drive.knee import Ascent, Came, Step, climb
from loadtests.drive.knee_page import draw_knee
from loadtests.plan.changes import Changes
from loadtests.plan.profiles import Climb, read_slo

PROFILE = read_slo().find("step")
BY_LURKERS = Climb(by="lurkers", factor=2, most=5)


MEANING = {0: "held", 1: "too slow", 2: "wrong", 3: "not valid: a worker was late"}


def climb_with(codes: list[int], plan: Climb = BY_LURKERS) -> tuple[Ascent, list[Changes]]:
    made: list[Changes] = []

    def run_step(changes: Changes, name: str) -> Came:
        made.append(changes)
        code = codes[len(made) - 1]
        return Came(code, MEANING[code], 40.0, 80.0)

    return climb(PROFILE, plan, run_step), made


@pytest.mark.parametrize(
    ("codes", "steps", "says", "code"),
    [
        ([0, 0, 1], 3, "the server did not hold it", 0),
        ([0, 2], 2, "the server did not hold it: wrong", 2),
        ([0, 0, 3, 3], 4, "the run was not valid: a worker was late", 0),
        ([0, 3, 0, 1], 4, "the server did not hold it", 0),
        ([0, 0, 0, 0, 0], 5, "the knee lies above", 0),
        ([1], 1, "not even the first step held, the server did not hold it", 1),
        ([3, 3], 2, "not even the first step held, the run was not valid: a worker was late", 3),
    ],
)
def test_the_climb_ends_where_it_must_and_says_why(codes: list[int], steps: int, says: str, code: int) -> None:
    ascent, made = climb_with(codes)
    assert len(made) == steps
    assert says in ascent.says
    assert ascent.exit_code == code


def test_each_step_is_higher_by_the_factor() -> None:
    _, made = climb_with([0, 0, 1])
    assert [changes.lurkers for changes in made] == [1, 2, 4]
    ascent, made = climb_with([0, 0, 1], Climb(by="rates", factor=3, most=5))
    assert [changes.rates for changes in made] == [1, 3, 9]
    assert f"{PROFILE.acts['comment'].per_s * 3:g} messages/s held" in ascent.says


def test_the_page_of_a_climb_names_each_step_and_its_verdict() -> None:
    first = Step("lurkers-1", 270, 15.0, 0, "held", 30.0, 41.0)
    steps = (first, Step("lurkers-2", 1390, 15.0, 1, "too slow", 612.0, None))
    page = draw_knee("step", [Ascent("lurkers", steps)], "liveroom loadtest --profile step <b>")
    assert "270 viewers with 15 messages/s held; at the next step the server did not hold it" in page
    assert page.count("<tr>") == 3
    assert "1,390" in page
    assert "612" in page
    assert "&lt;b&gt;" in page
