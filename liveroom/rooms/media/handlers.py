"""Handlers of the media commands, for the desk.

Promise: a ticket goes only to whoever the room expects: its host, whoever is on the stage or on the way there, and so
many watchers as the server has places for; what a ticket entitles to is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.media.base import MediaEngine, Ticket
from liveroom.realtime.media.errors import MediaOverloaded, MediaUnsupported, TicketRefused
from liveroom.realtime.media.events import NOTHING
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.media.air import Air
from liveroom.rooms.media.reconciler import Reconciler
from liveroom.rooms.media.telemetry import MediaTelemetry
from liveroom.rooms.media.times import RoomTimes, Step
from liveroom.rooms.messages import media as messages
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle

Expected = Callable[[Room, str], bool]
"""Whether somebody is on the stage of a room or on the way there."""


class MediaHandlers:
    """See the module.

    Args:
        engine: None: no engine is configured, and every command is refused as such.
        begin: starts the engine, unless it runs.
        watchers: most people of a room who only receive.
    """

    def __init__(
        self,
        engine: MediaEngine | None,
        begin: Callable[[], Awaitable[None]],
        air: Air,
        reconciler: Reconciler | None,
        expected: Expected,
        telemetry: MediaTelemetry,
        times: RoomTimes,
        watchers: int,
    ) -> None:
        self._engine = engine
        self._begin = begin
        self._air = air
        self._reconciler = reconciler
        self._expected = expected
        self._telemetry = telemetry
        self._times = times
        self._watchers = watchers

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers, for the desk."""
        return {
            "media.prepare": self.prepare,
            "media.offer": self.offer,
            "media.mute": self.mute,
            "media.leave": self.leave,
            "media.report": self.report,
        }

    async def prepare(self, room: Room, request: Request, now_ms: int) -> messages.TicketAck:
        """`media.prepare`"""
        engine, reconciler = self._require()
        lifecycle.require_open(room.document)
        user_id = request.identity.user_id
        rights = reconciler.rights_of(room)
        seat = rights.seats.get(user_id)
        kinds = seat[1] if seat is not None else NOTHING
        watch = cast(messages.PrepareMedia, request.data).watch
        is_new = self._air.find(room.id, user_id) is None
        if watch:
            if is_new and self._air.count_watchers(room.id) >= self._watchers:
                raise MediaOverloaded("no more people can watch the stage directly; watch the host's stream")
        elif seat is None and not self._expected(room, user_id):
            text = "apply for the stage or wait for an invitation first"
            raise Refusal(ErrorCode.WRONG_STATE, text, state="not_invited")
        if is_new:
            self._air.prepare(room.id, user_id, kinds)  # the place is taken before others ask for it
        try:
            await self._begin()
            ticket = await engine.prepare(room.id, user_id, watch=watch)
        except BaseException:
            if is_new:
                self._air.note_refused(room.id, user_id)
            raise
        self._air.prepare(room.id, user_id, kinds, ticket.links)
        reconciler.take_up(room.id)
        return _ack(ticket)

    async def offer(self, room: Room, request: Request, now_ms: int) -> messages.AnswerAck:
        """`media.offer`"""
        engine, reconciler = self._require()
        data = cast(messages.OfferMedia, request.data)
        if not await engine.owns(data.ticket, room.id, request.identity.user_id):
            raise TicketRefused
        reconciler.take_up(room.id)
        answer = await engine.answer(data.ticket, data.sdp)
        return messages.AnswerAck(session=answer.session, sdp=answer.sdp)

    async def mute(self, room: Room, request: Request, now_ms: int) -> None:
        """`media.mute`"""
        engine, _ = self._require()
        data = cast(messages.MuteMedia, request.data)
        await engine.mute(room.id, request.identity.user_id, data.kind, data.muted)

    async def leave(self, room: Room, request: Request, now_ms: int) -> None:
        """`media.leave`"""
        engine, reconciler = self._require()
        await engine.remove(room.id, request.identity.user_id)
        reconciler.forget(room.id, request.identity.user_id)

    def report(self, room: Room, request: Request, now_ms: int) -> None:
        """`media.report`"""
        data = cast(messages.ReportMedia, request.data)
        told = ((Step.CLIENT_PACKET, "packet", data.first_packet_ms), (Step.CLIENT_FRAME, "frame", data.first_frame_ms))
        for step, what, took_ms in told:
            if took_ms is not None:
                self._telemetry.media_reported(what, took_ms / 1000, warm=data.warm)
                self._times.note(room.id, step, took_ms, warm=data.warm)

    def _require(self) -> tuple[MediaEngine, Reconciler]:
        if self._engine is None or self._reconciler is None:
            raise MediaUnsupported("carry audio and video: none is configured")
        return self._engine, self._reconciler


def _ack(ticket: Ticket) -> messages.TicketAck:
    servers = tuple(
        messages.IceServer(urls=each.urls, username=each.username, credential=each.credential)
        for each in ticket.ice_servers
    )
    return messages.TicketAck(
        engine=ticket.engine,
        ticket=ticket.ticket,
        expires_at=ticket.expires_at_ms,
        slots=ticket.slots,
        ice_servers=servers,
        url=ticket.url,
        links=tuple(messages.MediaLink(room=each.room, url=each.url, ticket=each.ticket) for each in ticket.links),
    )
