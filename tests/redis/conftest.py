"""A Valkey for every test, as some of them kill it; and time for its answers, where time is not what is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveroom.realtime.backplane.redis import backplane, caller, dial, link, listener
from tests.redis.nodes import PATIENCE_S
from tests.support.valkey import Valkey, running_valkey


@pytest.fixture
def in_time() -> None:
    """For tests of what becomes of calls that get no answer: a call may take as long as in production, no longer."""


@pytest.fixture(autouse=True)
def _patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with much to do an answer may take longer than a call may; `in_time` leaves that as it is."""
    monkeypatch.setattr(backplane, "START_S", PATIENCE_S)
    if "in_time" in request.fixturenames:
        return
    for module in (caller, link, listener):
        monkeypatch.setattr(module, "ANSWER_S", PATIENCE_S)
    monkeypatch.setattr(dial, "DIAL_S", PATIENCE_S)


@pytest.fixture
def server() -> Iterator[Valkey]:
    """Empty, and this test's own."""
    with running_valkey() as server:
        yield server
