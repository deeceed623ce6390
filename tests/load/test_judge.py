"""The gate says no for every reason there is, and judges 3 before 2 before 1."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from loadtests.gate.figures import Attendance, WorkerHealth
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
        ({"healths": (WorkerHealth("w", 0.81, 5, 0),)}, INVALID, "CPU of worker w"),
        ({"healths": (WorkerHealth("w", 0.5, 51, 0),)}, INVALID, "timers of worker w late, p99"),
        ({"healths": (WorkerHealth("w", 0.5, 5, 11),)}, INVALID, "clock of worker w uncertain"),
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


def test_the_slowest_thousandth_of_few_values_is_not_judged() -> None:
    lines = (*make_figures().lines, make_line(count=9_999, p999_ms=9_000.0))
    assert judge(make_figures(lines=lines), SLO, PROFILE).code == HELD


def test_a_kind_that_nobody_received_is_no_result() -> None:
    lines = tuple(line for line in make_figures().lines if line.kind != "like")
    assert judge(make_figures(lines=lines), SLO, PROFILE).code == INVALID


def test_without_calibration_nothing_is_said_about_it() -> None:
    checks = judge(make_figures(calibration_p99_ms=None), SLO, PROFILE).checks
    assert not any("calibration" in check.name for check in checks)
