"""The backplane that the settings name: of this process alone, or shared with other nodes."""

from __future__ import annotations

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.backplane.redis import RedisBackplane, read_location
from liveroom.realtime.clock import Clock, LoopClock
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import Settings


def make_backplane(settings: Settings, clock: Clock) -> Backplane:
    """An engine that is not started."""
    if settings.redis_url is None:
        return MemoryBackplane(clock, ring_events=settings.ring_events, ring_bytes=settings.ring_bytes)
    return _make_redis(settings.redis_url.get_secret_value(), settings, clock)


async def require_backplane(settings: Settings) -> None:
    """For a start: a fault is explained at the console before there is a server.

    Raises:
        ConfigurationRefused: the shared server cannot be used.
    """
    if settings.redis_url is None:
        return
    try:
        await _make_redis(settings.redis_url.get_secret_value(), settings, LoopClock()).probe()
    except BackplaneUnavailable as unavailable:
        raise ConfigurationRefused([f"LIVEROOM_REDIS_URL: {unavailable.message}"]) from None


def _make_redis(url: str, settings: Settings, clock: Clock) -> RedisBackplane:
    return RedisBackplane(read_location(url), clock, ring_events=settings.ring_events, ring_bytes=settings.ring_bytes)
