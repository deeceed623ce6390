"""The embedded engine keeps the contract, in a real worker process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from tests.contracts.media import MediaContract
from tests.support.media_robot import only_loopback

__all__ = ["only_loopback"]


class TestSfuEngine(MediaContract):
    """See the module."""

    @pytest.fixture
    async def engine(self) -> AsyncIterator[MediaEngine]:
        engine = SfuEngine(SfuSettings(), LoopClock())
        await engine.start()
        yield engine
        await engine.stop()
