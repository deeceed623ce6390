"""A fan-out without a hub, and the events that are published in it."""

from __future__ import annotations

from typing import Any

import orjson

from liveroom.realtime.backplane.base import Event, Position
from liveroom.realtime.fanout import Fanout
from liveroom.realtime.ring import Ring
from liveroom.realtime.telemetry import NullTelemetry, Telemetry
from liveroom.realtime.tick import Tick
from tests.support.clock import FakeClock

EPOCH = "e1"


def make_fanout(
    clock: FakeClock,
    *,
    telemetry: Telemetry | None = None,
    tick: Tick | None = None,
    ring: Ring | None = None,
) -> Fanout:
    """An empty room at position 0."""
    return Fanout(
        "r",
        Position(EPOCH, 0),
        [],
        ring=Ring() if ring is None else ring,
        clock=clock,
        telemetry=telemetry or NullTelemetry(),
        tick=tick or Tick(),
    )


def make_event(number: int, size_bytes: int = 0, *, vital: bool = False) -> Event:
    """An event that says its number and is about as large as wanted."""
    payload = orjson.dumps({"kind": "said", "data": {"n": number, "pad": "x" * size_bytes}})
    return Event("said", payload, vital)


def numbers_of(messages: list[dict[str, Any]]) -> list[int]:
    """The numbers of all events in some messages, in order."""
    return [event["data"]["n"] for message in messages if message["type"] == "events" for event in message["events"]]
