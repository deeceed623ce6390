"""Coming in and staying: connect, join, leave, refresh, expiry.

These are the steps of a connection that may have to wait for somebody else - a key set, a store, a backplane - so
each runs as a task with a timeout whose outcome has a name. Commands do not come through here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import cast

import orjson

from liveroom.realtime.application import Application, Door
from liveroom.realtime.backplane.base import Position
from liveroom.realtime.codes import ROOMS_PER_CONNECTION, CloseCode, ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.decoder import Command
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.fanout import ANSWER_BYTES
from liveroom.realtime.gateway import Gateway
from liveroom.realtime.identity import Identity
from liveroom.realtime.member import PAUSE_BYTES
from liveroom.realtime.phase import Phase
from liveroom.realtime.strikes import count_refusal
from liveroom.realtime.wire import (
    Connect,
    JoinRoom,
    RefreshToken,
    RoomPosition,
    TokenExpiring,
    encode_ack,
    encode_error,
    encode_event,
    encode_frame,
    encode_private,
)

logger = logging.getLogger(__name__)

STEP_S = 5.0
"""Longest wait for a check of a token or for one join."""
SLOW_RETRY_MS = 1_000
EXPIRY_WARNING_S = 60.0
LOOK_AGAIN_S = 30.0
"""A token that is good for long is looked at this often, so that the agenda soon forgets connections that are gone."""

FATAL: dict[str, CloseCode] = {
    ErrorCode.INVALID_TOKEN: CloseCode.INVALID_TOKEN,
    ErrorCode.TOKEN_EXPIRED: CloseCode.TOKEN_EXPIRED,
    ErrorCode.BANNED: CloseCode.FORBIDDEN,
    ErrorCode.FORBIDDEN: CloseCode.FORBIDDEN,
    ErrorCode.OVERLOADED: CloseCode.OVERLOADED,
    ErrorCode.UNAVAILABLE: CloseCode.OVERLOADED,
}
"""Refusals of `connect` and the close that follows them."""


class Entrance:
    """See the module.

    Args:
        comment_chars: told to clients in `limits`.
    """

    def __init__(self, gateway: Gateway, application: Application, *, comment_chars: int) -> None:
        self._gateway = gateway
        self._hub = gateway.hub
        self._clock = gateway.clock
        self._telemetry = gateway.telemetry
        self._limits = gateway.limits
        self._application = application
        self._comment_chars = comment_chars
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, connection: Connection, connect: Connect) -> None:
        """Find out who it is, enter the rooms, answer once."""
        connection.phase = Phase.CONNECTING
        connection.transport.pause_reading()
        self._run(connection, "connect", connect.id, self._connect(connection, connect))

    def join(self, connection: Connection, command: Command) -> None:
        """Enter a room or repair a position."""
        self._run(connection, "room.join", command.id, self._join(connection, command))

    def refresh(self, connection: Connection, command: Command) -> None:
        """Take a newer token."""
        self._run(connection, "auth.refresh", command.id, self._refresh(connection, command))

    def leave(self, connection: Connection, command: Command) -> None:
        """Leave a room.

        Raises:
            RealtimeError: `not_joined`.
        """
        if command.room not in connection.rooms:
            raise RealtimeError(ErrorCode.NOT_JOINED, "you are not in this room", room=command.room)
        self.let_go(connection, command.room)
        if command.id is not None:
            connection.send(encode_ack(command.id))

    def let_go(self, connection: Connection, room: str) -> None:
        """End a membership without telling the client."""
        fanout = self._hub.get(room)
        if fanout is not None:
            fanout.detach(connection)
        connection.rooms = tuple(other for other in connection.rooms if other != room)
        self._application.left(connection, room)

    def depart(self, connection: Connection) -> None:
        """Free rooms and user of a connection that closes; safe to repeat."""
        for room in connection.rooms:
            self.let_go(connection, room)
        if connection.identity is not None:
            self._hub.remove_user(connection.identity.user_id, connection)

    async def _connect(self, connection: Connection, connect: Connect) -> None:
        try:
            async with asyncio.timeout(STEP_S):
                identity, guest_token = await self._application.identify(connect, connection.address)
        except TimeoutError:
            raise RealtimeError(ErrorCode.UNAVAILABLE, "the token could not be checked in time") from None
        if connection.is_ending():
            return
        connection.identity = identity
        connection.lang = connect.lang or identity.lang
        self._hub.add_user(identity.user_id, connection)
        doors = {room: await self._try_prepare(connection, room) for room in connect.rooms}
        if connection.is_ending():
            return
        # No await from here to the answer: nothing of a room may be written before it.
        joined: dict[str, bytes] = {}
        left = ANSWER_BYTES
        for room, door in doors.items():
            joined[room] = self._try_enter(connection, room, connect.rooms[room], door, left)
            # One answer for all rooms, so what one has taken the others lack.
            left = max(0, left - len(joined[room]))
        self._telemetry.session_started(connect.client.name if connect.client else "")
        answer = self._connected(connection, connect.id, identity, guest_token, joined)
        greetings = [each for room in connection.rooms for each in self._application.joined(connection, room)]
        connection.send_all([answer, *greetings])
        self._watch_expiry(connection, identity)
        connection.open(identity)

    async def _try_prepare(self, connection: Connection, room: str) -> Door | RealtimeError:
        try:
            return await self._prepare(connection, room)
        except RealtimeError as error:
            return error

    def _try_enter(
        self, connection: Connection, room: str, at: RoomPosition, door: Door | RealtimeError, answer_bytes: int
    ) -> bytes:
        try:
            if isinstance(door, RealtimeError):
                raise door
            return self._enter(connection, room, at, door, answer_bytes)
        except RealtimeError as error:
            self._telemetry.error_replied("room.join", error.code)
            return orjson.dumps({"error": error.as_object()})

    def _connected(
        self,
        connection: Connection,
        command_id: int,
        identity: Identity,
        guest_token: str | None,
        joined: dict[str, bytes],
    ) -> bytes:
        return encode_frame(
            "connected",
            id=command_id,
            session=self._gateway.session_of(connection),
            node=self._gateway.node,
            server_time=self._clock.now_ms(),
            heartbeat_ms=int(self._limits.heartbeat_s * 1000),
            user={"id": identity.user_id, "name": identity.name, "role": identity.role, "guest": identity.guest},
            guest_token=guest_token,
            token_expires_at=identity.expires_at_ms,
            limits={
                "message_bytes": self._limits.message_bytes,
                "commands_per_s": self._limits.commands_per_s,
                "comment_chars": self._comment_chars,
            },
            rooms={room: orjson.Fragment(result) for room, result in joined.items()},
        )

    async def _join(self, connection: Connection, command: Command) -> None:
        _require_place(connection, command.room)
        door = await self._prepare(connection, command.room)
        if connection.is_ending():
            return
        joined = self._enter(connection, command.room, cast(JoinRoom, command.data), door, ANSWER_BYTES)
        answer = [encode_ack(command.id, data=orjson.Fragment(joined))] if command.id is not None else []
        answer.extend(self._application.joined(connection, command.room))
        if answer:
            connection.send_all(answer)

    async def _prepare(self, connection: Connection, room: str) -> Door:
        try:
            async with asyncio.timeout(STEP_S):
                return await self._application.prepare(connection, room)
        except TimeoutError:
            raise RealtimeError(ErrorCode.UNAVAILABLE, "the room did not answer in time", room=room) from None

    def _enter(self, connection: Connection, room: str, at: RoomPosition, door: Door, answer_bytes: int) -> bytes:
        _require_place(connection, room)
        if connection.backlog_bytes() > PAUSE_BYTES:
            text = "read what you have been sent first"
            raise RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=SLOW_RETRY_MS, room=room)
        after = Position(at.epoch, at.seq) if at.epoch is not None and at.seq is not None else None
        joined = door(after, answer_bytes)
        if room not in connection.rooms:
            connection.rooms = (*connection.rooms, room)
        self._telemetry.room_joined()
        return joined

    async def _refresh(self, connection: Connection, command: Command) -> None:
        before = connection.identity
        if before is None:
            return
        try:
            async with asyncio.timeout(STEP_S):
                identity = await self._application.refresh(cast(RefreshToken, command.data).token, before)
        except TimeoutError:
            raise RealtimeError(ErrorCode.UNAVAILABLE, "the token could not be checked in time") from None
        if connection.phase is Phase.OPEN:
            connection.identity = identity
            self._watch_expiry(connection, identity)
            self._apply_rights(connection, before, identity)
            if command.id is not None:
                connection.send(encode_ack(command.id, data={"token_expires_at": identity.expires_at_ms}))

    def _apply_rights(self, connection: Connection, before: Identity, now: Identity) -> None:
        """A newer token may take rights back: leave rooms it is not for, enter anew where the role is another."""
        for room in connection.rooms:
            if not now.may_enter(room):
                self.let_go(connection, room)
                text = "your new token is for other rooms"
                connection.send(encode_frame("left", room=room, code=ErrorCode.FORBIDDEN, message=text))
            elif now.role_in(room) is not before.role_in(room):
                self.let_go(connection, room)
                connection.send(encode_frame("resync", room=room, reason="role"))

    def _watch_expiry(self, connection: Connection, identity: Identity) -> None:
        """Warn before the token ends and close at its end, unless a newer one has come."""
        if connection.identity is not identity or connection.is_ending():
            return
        left_s = (identity.expires_at_ms - self._clock.now_ms()) / 1000
        if left_s <= 0:
            connection.close(CloseCode.TOKEN_EXPIRED)
            return
        if left_s <= EXPIRY_WARNING_S:
            data = TokenExpiring(expires_at=identity.expires_at_ms)
            connection.send(encode_private(None, [encode_event("token.expiring", self._clock.now_ms(), data)]))
            next_s = left_s
        else:
            next_s = min(LOOK_AGAIN_S, left_s - EXPIRY_WARNING_S)
        self._gateway.agenda.add(next_s, self._watch_expiry, connection, identity)

    def _run(self, connection: Connection, type_: str, command_id: int | None, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._guard(connection, type_, command_id, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, connection: Connection, type_: str, command_id: int | None, work: Awaitable[None]) -> None:
        started_s = self._clock.monotonic_s()
        try:
            await work
        except RealtimeError as error:
            self._refuse(connection, type_, command_id, error)
        except Exception:
            logger.exception("a %s failed", type_)
            self._refuse(connection, type_, command_id, RealtimeError(ErrorCode.INTERNAL, "the server has a fault"))
        else:
            self._telemetry.command_answered(type_, self._clock.monotonic_s() - started_s)

    def _refuse(self, connection: Connection, type_: str, command_id: int | None, error: RealtimeError) -> None:
        self._telemetry.error_replied(type_, error.code)
        connection.send(encode_error(command_id, error.as_object()))
        if type_ == "connect":
            code = FATAL.get(error.code, CloseCode.INTERNAL_ERROR)
            connection.close(code, error.message, error.retry_after_ms)
        else:
            count_refusal(connection, error)


def _require_place(connection: Connection, room: str) -> None:
    """Refuse a room beyond the number that one connection may be in.

    Raises:
        RealtimeError: `too_many_rooms`.
    """
    if room not in connection.rooms and len(connection.rooms) >= ROOMS_PER_CONNECTION:
        text = f"one connection may be in {ROOMS_PER_CONNECTION} rooms"
        raise RealtimeError(ErrorCode.TOO_MANY_ROOMS, text, room=room)
