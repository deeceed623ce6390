"""Audio and video of a node: the engine by the settings, and what rooms have to do with it.

Promise: without an engine the commands are refused as such and nothing else changes; `stop` leaves no process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import orjson

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.hub import NodeMessage
from liveroom.realtime.identity import Identity
from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.errors import MediaError, WebhookRefused
from liveroom.realtime.media.events import (
    NOTHING,
    Back,
    Closed,
    Connected,
    FirstMedia,
    Forgotten,
    Lost,
    MediaEvent,
    SpeakersChanged,
)
from liveroom.realtime.wire import encode_value
from liveroom.rooms.area import Area
from liveroom.rooms.media.air import Air
from liveroom.rooms.media.handlers import Expected, MediaHandlers
from liveroom.rooms.media.reconciler import Reconciler
from liveroom.rooms.media.teller import Teller
from liveroom.rooms.media.times import RoomTimes, Step
from liveroom.rooms.moderation.people_handlers import KICKED
from liveroom.rooms.room import Room
from liveroom.rooms.rules.media_rights import NONE
from liveroom.server.area_means import AreaMeans
from liveroom.server.media_engine import make_engine
from liveroom.server.media_metrics import MediaMetrics

logger = logging.getLogger(__name__)

NEWS = "media_news"
WATCHED_KINDS = ("stage.", "battle.", "room.", "repaired")


class Media(Area):
    """See the module.

    Args:
        expected: whether somebody is on the stage of a room or on the way there.
    """

    def __init__(self, means: AreaMeans, telemetry: MediaMetrics, expected: Expected) -> None:
        self._means = means
        self._telemetry = telemetry
        self._start: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.engine: MediaEngine | None = make_engine(means.settings, means.clock)
        self._is_shared = self.engine is not None and self.engine.capabilities.nodes
        self._teller = Teller(means.hub.backplane, means.clock)
        self.air = Air(self._teller.push, self._teller.show)
        self.times = RoomTimes()
        self.reconciler = self._make_reconciler()
        self.handlers = MediaHandlers(
            self.engine,
            self._begin,
            self.air,
            self.reconciler,
            expected,
            telemetry,
            self.times,
            means.settings.media_watchers,
        ).by_command()

    def _make_reconciler(self) -> Reconciler | None:
        if self.engine is None:
            return None
        return Reconciler(self.engine, lambda room: self._means.find_room(room), self.air.set_kinds)

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`."""
        known = self.air.find(room.id, identity.user_id)
        return {} if known is None else {"media": orjson.Fragment(encode_value(known.as_mine()))}

    def people(self, room: Room) -> Collection[str]:
        """See `Area.people`: all who have a ticket."""
        return self.air.people_of(room.id)

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        """See `Area.gone`: who only watches is let go with the socket; the rest is decided by the stage."""
        known = self.air.find(room, user_id)
        if self.engine is None or self.reconciler is None or known is None:
            return
        is_seated = user_id in self.reconciler.told.get(room, NONE).seats
        if not known.kinds and not is_seated:
            await self.engine.remove(room, user_id)

    def opened(self, room: Room) -> None:
        """See `Area.opened`: with people on other nodes, what the room shows matters before anybody asks here."""
        if self.reconciler is not None and self._is_shared:
            self.reconciler.take_up(room.id)

    async def start(self) -> None:
        """See `Area.start`."""
        if self.engine is not None and self.engine.health is not None:
            self._watch()
        if self._is_shared:
            await self._begin()
        if self.engine is not None:
            self.engine.listen(self._hear)
            self._means.hub.observe(self._observe)
            self._means.hub.listen(self._hear_news)

    async def _begin(self) -> None:
        """Start the engine with the first ticket: most servers that are started carry no audio and video.

        Raises:
            MediaUnavailable: it is not ready in time.
        """
        if self.engine is None:
            return
        if self._start is None or (self._start.done() and self._start.exception() is not None):
            self._start = asyncio.ensure_future(self.engine.start())
        # Whoever asked first may give up; the engine begins for the next one all the same.
        await asyncio.shield(self._start)

    async def stop(self) -> None:
        """See `Area.stop`."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.reconciler is not None:
            await self.reconciler.stop()
        if self.engine is not None and self._start is not None:
            self._start.cancel()
            await asyncio.gather(self._start, return_exceptions=True)
            await self.engine.stop()
        await self._teller.stop()

    def _watch(self) -> None:
        """Show how the engine is doing; where workers share one, each of them shows the same."""

        def read(name: str) -> Callable[[], float]:
            return lambda: float(getattr(self.engine.health, name)) if self.engine and self.engine.health else 0.0

        watch = self._telemetry.watch
        watch("connections", "Media connections of this server.", read("connections"))
        watch("load", "Share of a core that the busiest media worker takes.", read("load"))
        watch("packets_out", "Packets that the media workers have sent.", read("packets_out"))
        watch("restarts", "Media workers that had to be started again.", read("restarts"))

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        if self.reconciler is not None and any(event.kind.startswith(WATCHED_KINDS) for event in events):
            self.reconciler.note_change(room)

    def _hear_news(self, told: NodeMessage) -> None:
        """Whoever is sent out of a room is off the air at once; the seat is another matter."""
        if NEWS in told and self.engine is not None:
            self.engine.hear_webhook(told[NEWS])
        kicked = told.get(KICKED)
        if kicked is not None and self._start is not None:  # without an engine that was begun nobody has a ticket
            task = asyncio.ensure_future(self._send_out(kicked["room"], kicked["user_id"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_out(self, room: str, user_id: str) -> None:
        if self.engine is None or self.reconciler is None:
            return
        try:
            await self.engine.remove(room, user_id)
        except MediaError as error:
            logger.warning("audio and video of %s in room %s could not be ended: %s", user_id, room, error.message)
        self.reconciler.forget(room, user_id)

    async def take_news(self, body: bytes, token: str) -> None:
        """A webhook of LiveKit, which every node is told.

        Raises:
            WebhookRefused: it does not come from the LiveKit server of this deployment.
            BackplaneError: the nodes cannot be told now; LiveKit tries again.
        """
        if self.engine is None:
            raise WebhookRefused("no server is set that could tell anything here")
        news = self.engine.read_webhook(body, token)
        if news is not None:
            await self._means.hub.backplane.tell_nodes(orjson.dumps({NEWS: news}))

    def _adopt(self, event: Connected) -> None:
        """Somebody is connected whose ticket came from another node, or of whom nothing was known any more."""
        room = self._means.find_room(event.room)
        if self.reconciler is not None and room is not None and event.room in self.reconciler.told:
            seat = self.reconciler.rights_of(room).seats.get(event.user_id)
            kinds = seat[1] if seat is not None else NOTHING
            self.air.adopt(event.room, event.user_id, kinds, is_ours=not self._is_shared)

    def _hear(self, event: MediaEvent) -> None:
        if isinstance(event, Forgotten):
            self.air.forget_all()
            if self.reconciler is not None:
                self.reconciler.begin_anew()
            return
        if isinstance(event, Connected) and self.air.find(event.room, event.user_id) is None:
            self._adopt(event)
        if not isinstance(event, SpeakersChanged):
            known = self.air.find(event.room, event.user_id)
            if not self._is_shared or (known is not None and known.is_ours):
                self._count(event)
        self.air.hear(event)

    def _count(self, event: MediaEvent) -> None:
        """For the metrics; where nodes share an engine, each counts those who have a ticket of its own."""
        telemetry = self._telemetry
        if isinstance(event, Connected):
            if event.took_ms is not None:
                telemetry.media_connected(event.took_ms / 1000)
                self.times.note(event.room, Step.CONNECTED, event.took_ms)
        elif isinstance(event, FirstMedia):
            telemetry.media_first_packet(event.kind, event.took_ms / 1000, warm=event.warm)
            self.times.note(event.room, Step.PACKET, event.took_ms, warm=event.warm)
        elif isinstance(event, Back):
            telemetry.media_back(event.after_ms / 1000)
        elif isinstance(event, Lost):
            telemetry.media_ended("silent")
        elif isinstance(event, Closed):
            telemetry.media_ended(event.why)
