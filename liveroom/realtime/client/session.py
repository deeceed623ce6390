"""What each frame of the server does.

Promise: a frame, kind or field from a newer server changes nothing; a frame that breaks its shape costs itself,
not the connection; only the connection in use may change a room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from liveroom.realtime.client.commands import Commands, Heard
from liveroom.realtime.client.entrance import Entrance
from liveroom.realtime.client.errors import ClientClosed, ClientError, CommandRefused, ConnectionCut
from liveroom.realtime.client.line import Line
from liveroom.realtime.client.link import Down, Frame, Link
from liveroom.realtime.client.room import Room
from liveroom.realtime.client.server_clock import ServerClock
from liveroom.realtime.client.surroundings import Surroundings
from liveroom.realtime.client.tokens import Tokens, TokenSource
from liveroom.realtime.task_set import TaskSet

_FROM_ANY_CONNECTION = frozenset({"connected", "ack", "error", "ping", "disconnect"})

log = logging.getLogger("liveroom.client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What `connect` says besides the token and the rooms."""

    lang: str | None
    client: Mapping[str, str]


class SessionOwner(Protocol):
    """Who hears the session."""

    def on_connected(self, frame: Frame) -> None:
        """The server knows us."""

    def on_status(self, status: str, facts: Mapping[str, Any]) -> None:
        """`connected`, `reconnecting` or `closed`."""

    def on_error(self, error: ClientError) -> None:
        """An error that answers none of the program's commands."""

    def on_private(self, events: list[dict[str, Any]]) -> None:
        """Private events that concern no room."""


class Session:
    """The rooms, the commands and the line, and the frames between them."""

    def __init__(
        self,
        url: str,
        token: str | None,
        source: TokenSource | None,
        introduction: Introduction,
        surroundings: Surroundings,
        owner: SessionOwner,
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.limits: Mapping[str, int] = {}
        self.commands = Commands(surroundings.clock)
        self.clock = ServerClock(surroundings.clock)
        self.tokens = Tokens(token, source, surroundings.clock)
        self.line = Line(url, self.tokens, self, surroundings)
        self._introduction = introduction
        self._owner = owner
        self._refreshing = False
        self._tasks = TaskSet()
        self.entrance = Entrance(self.rooms, self.ask, surroundings)

    def ask(
        self, type_: str, room: str | None, data: Mapping[str, Any], heard: Heard | None = None
    ) -> asyncio.Future[Frame]:
        """Send a command of the connection itself: answered on this connection or not at all.

        The future gives the `ack` frame; `heard` is told its data before the next frame is read.

        Raises:
            ConnectionCut: there is no connection; the future raises it when the connection ends first.
            Otherwise as `Room.send`.
        """
        if self.line.link is None:
            raise ConnectionCut
        answer = self.commands.add(type_, room, data, heard=heard)
        self.commands.flush(self.line.link)
        return answer

    async def close(self, error: ClientClosed) -> None:
        """End everything; returns when the sockets are closed."""
        self.line.end()
        self.on_stopped(error)
        await self._tasks.cancel()
        await self.line.wait_closed()

    def on_open(self, link: Link) -> None:
        """The first frame of a connection: who we are and where we were."""
        link.asked = tuple(self.rooms)
        rooms = {name: room.position for name, room in self.rooms.items()}
        intro = self._introduction
        link.send(
            {"id": link.next_id(), "type": "connect", "token": link.token, "client": intro.client}
            | {"lang": intro.lang, "rooms": rooms}
        )

    def on_frame(self, link: Link, frame: Frame) -> None:
        """Do what the frame says, if we know it and the connection may say it."""
        type_ = frame.get("type")
        hear = _HEARD.get(type_) if isinstance(type_, str) else None
        if hear is None or (link is not self.line.link and type_ not in _FROM_ANY_CONNECTION):
            return
        try:
            hear(self, frame, link)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            log.warning("a frame of type %s breaks its shape: %s", type_, type(fault).__name__)

    def owed_since_s(self, link: Link) -> float | None:
        """When the oldest command or ping without an answer went out on this link."""
        since_s = (self.commands.waiting_since_s(link), self.clock.waiting_since_s(link))
        return min((at_s for at_s in since_s if at_s is not None), default=None)

    def on_released(self, link: Link) -> None:
        """What was under way on this link goes to the next one."""
        self.commands.release(link)
        self.clock.release(link)
        if self.line.link is not None:
            self.commands.flush(self.line.link)
        else:
            for room in self.rooms.values():
                room.joining = False

    def on_cut(self, down: Down, wait_ms: float) -> None:
        """No connection for now."""
        self._owner.on_status("reconnecting", {"code": down.code, "reason": down.reason, "in_ms": wait_ms})

    def on_stopped(self, error: ClientClosed) -> None:
        """No connection ever again."""
        self.tokens.cancel()
        self.commands.fail_all(error)
        self._owner.on_status("closed", {"code": error.code, "message": error.message})

    def _connected(self, frame: Frame, link: Link) -> None:
        self.line.promote(link, frame["heartbeat_ms"])
        self.limits = frame.get("limits") or {}
        self.clock.set(frame["server_time"])
        if guest_token := frame.get("guest_token"):
            self.tokens.keep_guest(guest_token)
        self._plan_refresh(frame.get("token_expires_at"))
        self._owner.on_connected(frame)
        self.entrance.take_answers(frame.get("rooms") or {}, link.asked)
        self.commands.flush(link)
        self._owner.on_status("connected", {})
        self.line.retire(self.commands.waiting_on)

    def _ack(self, frame: Frame, link: Link) -> None:
        self.commands.answer(link, frame)
        self.line.retire(self.commands.waiting_on)

    def _error(self, frame: Frame, link: Link) -> None:
        awaited = self.commands.answer(link, frame)
        self.line.retire(self.commands.waiting_on)
        if awaited:
            return
        if link.ready_at_s is None:
            link.refusal = frame["error"]
        self._owner.on_error(CommandRefused(frame["error"]))

    def _events(self, frame: Frame, _link: Link) -> None:
        room = self.rooms.get(frame["room"])
        if room is not None and not room.receive(frame["seq"], frame["events"]):
            self.entrance.enter(room)

    def _latest(self, frame: Frame, _link: Link) -> None:
        if room := self.rooms.get(frame["room"]):
            room.receive_latest(frame["values"])

    def _private(self, frame: Frame, _link: Link) -> None:
        events = frame["events"]
        if any(event["kind"] == "token.expiring" for event in events):
            self._refresh()
        if "room" not in frame:
            self._owner.on_private(events)
        elif room := self.rooms.get(frame["room"]):
            room.receive_private(events)

    def _resync(self, frame: Frame, _link: Link) -> None:
        if room := self.rooms.get(frame["room"]):
            room.forget()
            self.entrance.enter(room)

    def _left(self, frame: Frame, _link: Link) -> None:
        self.entrance.show_out(frame["room"], frame)

    def _ping(self, frame: Frame, link: Link) -> None:
        seqs = {name: room.seq for name, room in self.rooms.items() if room.seq is not None}
        link.send({"type": "pong", "t": frame["t"], "seqs": seqs})

    def _pong(self, frame: Frame, link: Link) -> None:
        self.clock.pong(link, frame)

    def _reconnect(self, frame: Frame, _link: Link) -> None:
        self.line.move(frame.get("after_ms", 0), frame.get("url"))

    def _disconnect(self, frame: Frame, link: Link) -> None:
        link.part(frame)

    def _refresh(self) -> None:
        if self.tokens.renewable and not self._refreshing:
            self._refreshing = True
            self._tasks.start(self._renew())

    async def _renew(self) -> None:
        try:
            token = await self.tokens.fresh()
            answer = (await self.ask("auth.refresh", None, {"token": token})).get("data") or {}
            self._plan_refresh(answer.get("token_expires_at"))
        except ClientError as refused:
            self._owner.on_error(refused)
        except Exception as fault:  # noqa: BLE001 - the source is the caller's code; 4003 brings us here again
            log.warning("no fresh token: %s", type(fault).__name__)
        finally:
            self._refreshing = False

    def _plan_refresh(self, expires_at_ms: int | None) -> None:
        if expires_at_ms is not None:
            self.tokens.plan((expires_at_ms - self.clock.now_ms()) / 1000, self._refresh)


_HEARD: Mapping[str, Callable[[Session, Frame, Link], None]] = {
    "connected": Session._connected,
    "ack": Session._ack,
    "error": Session._error,
    "events": Session._events,
    "latest": Session._latest,
    "private": Session._private,
    "resync": Session._resync,
    "left": Session._left,
    "ping": Session._ping,
    "pong": Session._pong,
    "reconnect": Session._reconnect,
    "disconnect": Session._disconnect,
}
