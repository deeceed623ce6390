"""The gate says no for every reason there is, and judges 3 before 2 before 1."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from loadtests.gate.figures import Attendance, MachineHealth, WorkerHealth
from loadtests.gate.judge import HELD, INVALID, TOO_SLOW, WRONG, judge
from loadtests.record.latency import Latency
from loadtests.record.sends import Sends
from tests.load.figures import PROFILE, SLO, make_figures, make_line

SENDS = make_figures().sends


def make_sends(**changed: Any) -> dict[str, Sends]:
    values = {"planned": 2000, "sent": 2000, "all_sent": 2000, "answered": 2000, "refused": Counter()}
    return SENDS | {"comment": Sends(**values | changed, lag=Latency([(1, 1)]))}


def test_a_run_in_which_all_held_passes() -> None:
    verdict = judge(make_figures(), SLO, PROFILE)
    assert verdict.code == HELD, verdict.failures


@pytest.mark.parametrize(
    ("spoilt", "code", "named"),
    [
        ({"attendance": Attendance(2, 1, 100, 100)}, INVALID, "workers that counted"),
        ({"attendance": Attendance(2, 2, 100, 99, {"full": 1})}, INVALID, "users in the show"),
        ({"healths": (WorkerHealth("w", 0.81, 5, 9, 0),)}, INVALID, "CPU of worker w"),
        ({"healths": (WorkerHealth("w", math.nan, 5, 9, 0),)}, INVALID, "CPU of worker w"),
        ({"machines": (MachineHealth("m", 1, 0.81),)}, INVALID, "CPU of the generator on m, of 1 cores"),
        ({"healths": (WorkerHealth("w", 0.5, 51, 60, 0),)}, INVALID, "timers of worker w late, p99"),
        ({"healths": (WorkerHealth("w", 0.5, 5, 301, 0),)}, INVALID, "timers of worker w late, at most"),
        ({"healths": (WorkerHealth("w", 0.5, 5, 9, 11),)}, INVALID, "clock of worker w uncertain"),
        ({"send_lag_p99_ms": 51.0}, INVALID, "sends behind the plan, p99"),
        ({"calibration_p99_ms": 61.0}, INVALID, "added by the generator, p99 (calibration)"),
        ({"sends": make_sends(sent=1950)}, INVALID, "comment: sent of 2000 planned"),
        ({"sends": make_sends(planned=999, sent=999)}, INVALID, "comment: acts in the window"),
        ({"faults": {"lost": 1}}, WRONG, "lost"),
        ({"faults": {"doubled": 1}}, WRONG, "doubled"),
        ({"faults": {"connection ended: closed with 4100": 1}}, WRONG, "connection ended: closed with 4100"),
        ({"lines": (make_line(p99_ms=601.0),)}, TOO_SLOW, "comment, p99"),
        ({"lines": (make_line(p50_ms=151.0),)}, TOO_SLOW, "comment, p50"),
        ({"lines": (make_line(p999_ms=1501.0),)}, TOO_SLOW, "comment, p99.9"),
        ({"lines": (make_line(ten_s_p99_ms=901.0),)}, TOO_SLOW, "comment, p99 of the worst 10 s"),
        ({"lines": (make_line(series="last", p99_ms=601.0),)}, TOO_SLOW, "comment, slowest receiver, p99"),
        ({"lines": (make_line("question", "host", p99_ms=601.0),)}, TOO_SLOW, "question at the host, p99"),
        ({"lines": (make_line("seat", "own", p99_ms=601.0),)}, TOO_SLOW, "seat at its sender, p99"),
        ({"lines": (make_line("coupon", "ack", p99_ms=601.0),)}, TOO_SLOW, "coupon, answer, p99"),
        ({"faults": {"coupons oversold": 1}}, WRONG, "coupons oversold"),
        ({"sends": make_sends(answered=1990)}, TOO_SLOW, "comment: refused or unanswered of 2000"),
        (
            {"sends": make_sends(answered=1990, refused=Counter(rate_limited=10))},
            TOO_SLOW,
            "comment: refused or unanswered of 2000",
        ),
    ],
)
def test_each_reason_has_its_code(spoilt: dict[str, Any], code: int, named: str) -> None:
    if "lines" in spoilt:
        spoilt = {"lines": (*make_figures().lines, *spoilt["lines"])}
    verdict = judge(make_figures(**spoilt), SLO, PROFILE)
    assert verdict.code == code
    assert [check.name for check in verdict.failures] == [named]


def test_the_order_of_judgement_is_3_2_1() -> None:
    slow = {"lines": (make_line(p99_ms=900.0), *make_figures().lines)}
    wrong = slow | {"faults": {"lost": 3}}
    starved = wrong | {"send_lag_p99_ms": 500.0}
    assert [judge(make_figures(**spoilt), SLO, PROFILE).code for spoilt in (slow, wrong, starved)] == [1, 2, 3]
    assert [check.code for check in judge(make_figures(**starved), SLO, PROFILE).failures] == [3, 2, 1]


@pytest.mark.parametrize(("acts", "code"), [(999, HELD), (1_000, TOO_SLOW)])
def test_the_slowest_thousandth_of_few_acts_is_not_judged_however_many_saw_them(acts: int, code: int) -> None:
    others = tuple(line for line in make_figures().lines if line.kind != "comment")
    lines = (make_line(count=300 * acts, p999_ms=9_000.0), make_line(series="last", count=acts))
    assert judge(make_figures(lines=(*lines, *others)), SLO, PROFILE).code == code


@pytest.mark.parametrize(("returns", "code"), [(1900, HELD), (1400, INVALID), (0, INVALID)])
def test_a_storm_in_which_hardly_anybody_was_cut_off_is_none(returns: int, code: int) -> None:
    sends = SENDS | {"resume": Sends(returns, returns, returns, returns, fulfilled=returns)}
    verdict = judge(make_figures(sends=sends), SLO, SLO.find("herd"))
    assert verdict.code == code
    assert [check.name for check in verdict.failures] == ["storm: acts in the window"] * (code != HELD)


def test_who_was_cut_off_and_not_let_in_again_is_too_slow() -> None:
    lines = tuple(line for line in make_figures().lines if line.kind != "resume")
    sends = SENDS | {"resume": Sends(1900, 1900, 1900, 0, Counter(full=1900))}
    due = make_figures().due | {"resume": 0}
    verdict = judge(make_figures(sends=sends, lines=lines, due=due), SLO, SLO.find("herd"))
    assert verdict.code == TOO_SLOW


def judge_unseen(kind: str, due: int, **sends: Any) -> tuple[int, list[str]]:
    """A run in which nobody saw anything of this kind."""
    figures = make_figures()
    lines = tuple(line for line in figures.lines if line.kind != kind)
    changed = figures.sends | {kind: replace(figures.sends[kind], **sends)}
    verdict = judge(make_figures(lines=lines, sends=changed, due=figures.due | {kind: due}), SLO, PROFILE)
    return verdict.code, [check.name for check in verdict.failures]


def test_acts_that_were_answered_and_that_nobody_saw_are_wrong() -> None:
    assert judge_unseen("comment", 2000) == (WRONG, ["comment: receipts"])


def test_acts_that_were_all_refused_are_too_slow_and_no_fault_of_the_generator() -> None:
    refused = {"answered": 0, "fulfilled": 0, "refused": Counter(full=2100)}
    code, names = judge_unseen("join", 0, **refused)
    assert code == TOO_SLOW
    assert names == ["join: receipts", "join: refused or unanswered of 2100"]


def test_a_window_in_which_no_coupon_was_left_says_nothing() -> None:
    assert judge_unseen("coupon", 0) == (INVALID, ["coupon: receipts"])


def test_what_was_not_valid_is_named_first() -> None:
    verdict = judge(make_figures(send_lag_p99_ms=500.0, faults={"lost": 3}), SLO, PROFILE)
    assert verdict.says == "not valid: sends behind the plan, p99"
    assert judge(make_figures(faults={"lost": 3}), SLO, PROFILE).says == "wrong"


def test_without_calibration_nothing_is_said_about_it() -> None:
    checks = judge(make_figures(calibration_p99_ms=None), SLO, PROFILE).checks
    assert not any("calibration" in check.name for check in checks)
