"""What the client takes from outside: time, chance and sockets. Tests bring their own, so that none of them sleeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liveroom.realtime.client.transport import Connector
from liveroom.realtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`random` gives numbers in [0, 1); `connect` opens a transport or raises TransportClosed."""

    clock: Clock
    random: Callable[[], float]
    connect: Connector
