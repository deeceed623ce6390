"""Benchmarks in tests are short, and a busy test machine does not make the generator's own judgement."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.fanout._SETTLE_S", 0.1)
    monkeypatch.setattr("loadtests.bench.verdict.LAG_LIMIT_MS", 1000.0)
    monkeypatch.setattr("loadtests.bench.verdict.GENERATOR_CPU_LIMIT", 1.5)
