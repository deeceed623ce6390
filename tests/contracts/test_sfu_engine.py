"""The embedded engine keeps the contract, in a real worker process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from tests.contracts.media import ROOMS, MediaContract
from tests.support.media_robot import only_loopback

__all__ = ["only_loopback"]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[SfuEngine]:
    """One worker for all tests: whatever one of them leaves behind must not reach the next."""
    engine = SfuEngine(SfuSettings(), LoopClock())
    await engine.start()
    yield engine
    await engine.stop()


class TestSfuEngine(MediaContract):
    """See the module."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def engine(self, shared: SfuEngine) -> AsyncIterator[MediaEngine]:
        yield shared
        for room in ROOMS:
            await shared.close_room(room)
