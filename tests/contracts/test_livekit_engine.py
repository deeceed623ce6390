"""The LiveKit engine keeps the contract, with a room service that answers as LiveKit's does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from liveroom.realtime.media.livekit.engine import LiveKitEngine
from liveroom.realtime.media.livekit.terms import LiveKitTerms
from tests.contracts.media_tickets import Join, Settle, TicketContract
from tests.support.clock import FakeClock
from tests.support.livekit import KEY, SECRET, FakeLiveKit, running_livekit


class TestLiveKitEngine(TicketContract):
    """See the module."""

    @pytest.fixture
    async def livekit(self) -> AsyncIterator[FakeLiveKit]:
        async with running_livekit() as livekit:
            yield livekit

    @pytest.fixture
    async def engine(self, livekit: FakeLiveKit) -> AsyncIterator[LiveKitEngine]:
        engine = LiveKitEngine(LiveKitTerms(livekit.url, "ws://127.0.0.1", KEY, SECRET), FakeClock())

        async def deliver(body: bytes, token: str) -> None:
            told = engine.read_webhook(body, token)
            if told is not None:
                engine.hear_webhook(told)

        livekit.deliver = deliver
        await engine.start()
        # Its node has told the rights of these rooms, which is what makes it listen.
        for room in ("r", "a", "b"):
            await engine.resume(room, ())
        yield engine
        await engine.stop()

    @pytest.fixture
    def join(self, livekit: FakeLiveKit) -> Join:
        return livekit.join

    @pytest.fixture
    def settle(self, engine: LiveKitEngine) -> Settle:
        return engine.settle
