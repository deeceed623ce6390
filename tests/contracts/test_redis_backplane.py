"""The engine of several nodes keeps the contract, on a real Valkey."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveroom.realtime.backplane.redis import RedisBackplane, caller, link, listener
from liveroom.realtime.backplane.redis.location import read_location
from liveroom.realtime.clock import LoopClock
from tests.contracts.backplane import BackplaneContract
from tests.contracts.engine import RING_EVENTS, Engine
from tests.support.valkey import Valkey, running_valkey

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    """One server for this module."""
    with running_valkey() as server:
        yield server


class TestRedisBackplane(BackplaneContract):
    """See the module."""

    @pytest.fixture(autouse=True)
    def _patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """These promises are not about time; on a machine with much to do an answer may take longer than a call may."""
        for module in (caller, link, listener):
            monkeypatch.setattr(module, "ANSWER_S", PATIENCE_S)

    @pytest.fixture
    def engine(self, server: Valkey) -> Engine:
        async def pass_time(seconds: float) -> None:
            server.age(seconds)

        server.ask("FLUSHALL")
        return Engine(RedisBackplane(read_location(server.url), LoopClock(), ring_events=RING_EVENTS), pass_time)
