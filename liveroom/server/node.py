"""One process of a deployment: all parts, put together in the one place where they meet.

A `Node` is made from settings, started and stopped; the HTTP application and the WebSocket protocol class of the
server are made around it.
"""

from __future__ import annotations

from functools import partial

import httpx

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock, LoopClock
from liveroom.realtime.decoder import Decoder
from liveroom.realtime.dialogue import Dialogue
from liveroom.realtime.gateway import Gateway, Limits
from liveroom.realtime.handshake import HandshakePolicy
from liveroom.realtime.hub import Hub
from liveroom.rooms import life_events, webhook_events
from liveroom.rooms.committed_events import LANE, EventSender
from liveroom.rooms.life_events import LifeSender
from liveroom.rooms.messages.comment import COMMENT_CHARS
from liveroom.rooms.retold import Retold
from liveroom.rooms.scene_files import load_scenes
from liveroom.rooms.service import RoomService
from liveroom.rooms.storage.relay import Send
from liveroom.server.auth import ApiKeys, Revocations, TokenIssuer, make_verifier
from liveroom.server.authentication import Authentication
from liveroom.server.backplane import make_backplane
from liveroom.server.call_rates import CallRates
from liveroom.server.database_probe import DatabaseProbe
from liveroom.server.db import Storage
from liveroom.server.doorkeeper import Doorkeeper
from liveroom.server.metrics import Metrics
from liveroom.server.settings import Settings
from liveroom.server.value import Value, make_deciders
from liveroom.server.webhooks import Webhooks
from liveroom.server.workers.siblings import Siblings


class Node:
    """See the module.

    Args:
        settings: complete and checked.
        clock: the server's clock.
        siblings: the other processes on the same port, where there are any.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, siblings: Siblings | None = None) -> None:
        self.settings, self._siblings = settings, siblings
        self.clock = clock or LoopClock()
        self.metrics = Metrics(self.clock, commands=catalogue.commands, kinds=catalogue.events)
        self.revocations = Revocations(self.clock)
        self.issuer = TokenIssuer(settings, self.clock)
        self.api_keys = ApiKeys(settings.api_keys)
        self._http = httpx.AsyncClient(timeout=2.0) if settings.jwks_url else None
        self.verifier = make_verifier(settings, clock=self.clock, revocations=self.revocations, http=self._http)
        self.hub = _make_hub(settings, self.clock, self.metrics)
        self.metrics.watch_backplane(self.hub.backplane.is_available)
        shared = self.hub.backplane if settings.redis_url is not None else None
        self.call_rates = CallRates(settings, self.clock, shared)
        self.retold = Retold(self.clock)
        senders: dict[str, Send] = {
            LANE: EventSender(self.hub.backplane, self.retold),
            life_events.LANE: LifeSender(self.hub.backplane, self.clock, self.retold),
        }
        self.storage = Storage(settings, self.clock, senders=senders, deciders=make_deciders(settings))
        self.storage.ledger.committed = partial(self.metrics.step_taken, "commit")
        self.webhooks = Webhooks(settings, self.storage.database, self.clock, self.metrics)
        senders[webhook_events.LANE] = self.webhooks.fan_out  # which needs the database of the storage
        self.store = self.storage.rooms
        self.scenes = load_scenes(settings.scenes_dir)
        self.value = Value(settings, self.storage, self.hub, self.clock, self.metrics, self.scenes, self.retold)
        self.probe = DatabaseProbe(self.storage.database, self.clock)
        self.rooms = self._make_rooms()
        self.gateway = _make_gateway(settings, self.hub, self.clock, self.metrics)
        self.dialogue = Dialogue(self.gateway, self.rooms, Decoder(catalogue), comment_chars=COMMENT_CHARS)
        self.gateway.dialogue = self.dialogue
        self.rooms.open_rooms.remove = self.dialogue.remove
        self.value.bind(self.rooms)
        self.doorkeeper = Doorkeeper(self.storage.exclusions, self.revocations, self.gateway, self.clock)
        senders |= {**self.value.senders, **self.doorkeeper.senders}
        self.is_ready = False

    def _make_rooms(self) -> RoomService:
        return RoomService(
            store=self.store,
            hub=self.hub,
            authenticator=Authentication(self.verifier, self.issuer, self.settings.lang),
            scenes=self.scenes,
            clock=self.clock,
            telemetry=self.metrics,
            room_telemetry=self.metrics,
            desk=self.value.desk,
            areas=self.value.areas,
            retold=self.retold.of,
            guest_marks=self.issuer.guest_marks,
        )

    async def start(self) -> None:
        """Begin to serve.

        Raises:
            BackplaneUnavailable: the other nodes cannot be reached.
            ServerError, DatabaseUnavailable: the storage cannot be used (`Storage.start`).
        """
        await self.hub.start()
        try:
            await self.storage.start()
        except BaseException:
            await self.hub.stop()
            raise
        await self.doorkeeper.start()
        await self.webhooks.start()
        await self.value.start()
        self.rooms.open_rooms.start()
        self.gateway.start()
        if self._siblings is not None:
            await self._siblings.start(self.metrics.render)
        self.is_ready = True

    async def stop(self) -> None:
        """End everything; connections are closed before (drain.py)."""
        self.is_ready = False
        if self._siblings is not None:
            await self._siblings.stop()
        await self.rooms.open_rooms.stop()
        self.gateway.stop()
        await self.doorkeeper.stop()
        await self.probe.stop()
        await self.value.stop()
        await self.webhooks.stop()
        await self.storage.stop()
        await self.hub.stop()
        await self.verifier.close()
        if self._http is not None:
            await self._http.aclose()

    async def read_metrics(self) -> bytes:
        """The text for `/metrics`: of this process, or of all on its port."""
        own = self.metrics.render()
        return own if self._siblings is None else await self._siblings.gather(own)


def _make_hub(settings: Settings, clock: Clock, metrics: Metrics) -> Hub:
    ring_events, ring_bytes = settings.ring_events, settings.ring_bytes
    return Hub(
        make_backplane(settings, clock),
        clock,
        metrics,
        ring_events=ring_events,
        ring_bytes=ring_bytes,
    )


def _make_gateway(settings: Settings, hub: Hub, clock: Clock, metrics: Metrics) -> Gateway:
    limits, policy = _limits(settings), _policy(settings)
    return Gateway(hub, clock, metrics, limits=limits, policy=policy, node=settings.node)


def _limits(settings: Settings) -> Limits:
    return Limits(
        message_bytes=settings.message_bytes,
        connect_timeout_s=settings.connect_timeout_s,
        heartbeat_s=settings.heartbeat_s,
        commands_per_s=settings.commands_per_s,
        command_burst=settings.commands_burst,
        handshakes_per_s=settings.handshakes_per_s,
        max_connections=settings.max_connections,
        max_http_connections=settings.max_http_connections,
        max_connections_per_ip=settings.max_connections_per_ip,
        slow_close_s=settings.slow_close_s,
    )


def _policy(settings: Settings) -> HandshakePolicy:
    return HandshakePolicy(
        origins=frozenset(settings.allowed_origins),
        deflate=settings.deflate,
        trusted_proxies=settings.trusted_proxies,
    )
