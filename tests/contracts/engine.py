"""An engine of the backplane under test, and what its tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from tests.contracts.receiver import RecordingReceiver

RING_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine under test.

    Args:
        backplane: not started; keeps `RING_EVENTS` events for each room.
        pass_time: lets keys age and buckets fill by so many seconds, without waiting for them.
    """

    backplane: Backplane
    pass_time: Callable[[float], Awaitable[None]]


def said(*texts: str, key: str | None = None, digest: bytes = b"", answer: bytes = b"") -> Publication:
    """A publication of some events."""
    events = tuple(Event("said", text.encode(), vital=text.isupper()) for text in texts)
    return Publication(events, key, digest, answer)


class EngineFixtures:
    """The backplane, started, and who listens to it. The fixture `engine` comes from the engine's own module."""

    @pytest.fixture
    async def receiver(self) -> RecordingReceiver:
        return RecordingReceiver()

    @pytest.fixture
    async def backplane(self, engine: Engine, receiver: RecordingReceiver) -> AsyncIterator[Backplane]:
        await engine.backplane.start(receiver)
        yield engine.backplane
        await engine.backplane.close()
