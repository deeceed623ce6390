"""A gateway without rooms, whose dialogue only answers, and connections on thin lines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import orjson

from liveroom.realtime.connection import Connection
from liveroom.realtime.gateway import Gateway, Limits
from liveroom.realtime.handshake import HandshakePolicy
from liveroom.realtime.hub import Hub
from liveroom.realtime.phase import Phase
from liveroom.realtime.telemetry import NullTelemetry
from tests.realtime.thin_transport import ThinTransport
from tests.support.clock import FakeClock


class Talk:
    """A dialogue that answers each message at some length."""

    def __init__(self, answer_bytes: int) -> None:
        self.heard = 0
        self._answer = orjson.dumps({"type": "pong", "pad": "x" * answer_bytes})

    def receive(self, connection: Connection, payload: bytes) -> None:
        self.heard += 1
        connection.send(self._answer)

    def depart(self, connection: Connection) -> None:
        connection.rooms = ()


def make_gateway(clock: FakeClock, answer_bytes: int = 0) -> tuple[Gateway, Talk]:
    policy = HandshakePolicy(origins=frozenset(), deflate=False, trusted_proxies=())
    hub = cast(Hub, SimpleNamespace(get=lambda room: None, sweep=lambda: None))
    gateway = Gateway(hub, clock, NullTelemetry(), limits=Limits(), policy=policy, node="n")
    talk = Talk(answer_bytes)
    gateway.dialogue = cast(Any, talk)
    return gateway, talk


def make_line(gateway: Gateway, phase: Phase = Phase.OPEN) -> ThinTransport:
    connection = gateway.protocol_class()(None, SimpleNamespace(connections=set()), None)
    transport = ThinTransport(connection)
    connection.phase = phase
    return transport
