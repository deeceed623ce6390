"""A run in which the generator was the limit is not a result; otherwise loss decides."""

from __future__ import annotations

import pytest

from loadtests.bench.verdict import choose_exit, find_generator_limits


@pytest.fixture(autouse=True)
def _real_limits(monkeypatch: pytest.MonkeyPatch, _short_runs: None) -> None:
    monkeypatch.setattr("loadtests.bench.verdict.LAG_LIMIT_MS", 50.0)
    monkeypatch.setattr("loadtests.bench.verdict.GENERATOR_CPU_LIMIT", 0.9)


def test_a_generator_with_time_to_spare_is_no_limit() -> None:
    assert find_generator_limits(0.9, 50.0, 980, 1000) == []


@pytest.mark.parametrize(
    ("cpu", "lag_ms", "sent", "why"),
    [(0.91, 1.0, 1000, "91%"), (0.5, 50.1, 1000, "50 ms late"), (0.5, 1.0, 979, "979 of 1000")],
    ids=["cpu", "lag", "sends"],
)
def test_each_sign_of_a_busy_generator_is_named(cpu: float, lag_ms: float, sent: int, why: str) -> None:
    (reason,) = find_generator_limits(cpu, lag_ms, sent, 1000)
    assert why in reason


@pytest.mark.parametrize(
    ("limited", "correct", "code"),
    [(False, True, 0), (False, False, 2), (True, True, 3), (True, False, 3)],
)
def test_the_exit_code_follows_the_order_of_judgement(limited: bool, correct: bool, code: int) -> None:
    assert choose_exit(generator_was_the_limit=limited, correct=correct) == code
