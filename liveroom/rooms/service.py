"""What the realtime package and the HTTP routes ask of rooms: who may enter, joins, and commands.

It is the `Application` of the realtime package. Commands go into the queue of their room, whether they come from a
WebSocket or from HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from liveroom.realtime.application import Door
from liveroom.realtime.backplane.base import Position, Target
from liveroom.realtime.catalogue import CommandType, Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.decoder import Command
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import Hub
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import Connect, encode_event, encode_private, encode_value
from liveroom.rooms.actor import RoomActor
from liveroom.rooms.areas import Areas
from liveroom.rooms.desk import Desk
from liveroom.rooms.errors import Refusal
from liveroom.rooms.guest_addresses import GuestMarks
from liveroom.rooms.means import Means
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.open_rooms import OpenRooms
from liveroom.rooms.requests import Answer, Request
from liveroom.rooms.retold import nothing_retold
from liveroom.rooms.room import NOTHING, STAFF_ROLES, Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.bans import active, require_no_ban
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.scene import Scene
from liveroom.rooms.store import RoomStore
from liveroom.rooms.telemetry import RoomTelemetry
from liveroom.rooms.whereabouts import Whereabouts

CALL_TIMEOUT_S = 10.0


class Authenticator(Protocol):
    """Who is behind a token; the server package knows."""

    async def identify(self, connect: Connect, address: str) -> tuple[Identity, str | None]:
        """See `Application.identify`."""

    async def refresh(self, token: str, identity: Identity) -> Identity:
        """See `Application.refresh`."""


@dataclass(frozen=True, slots=True)
class NewRoom:
    """What is needed to create a room."""

    id: str
    title: str
    scene: str
    host: Person
    settings: RoomSettings


class RoomService:
    """See the module.

    Args:
        scenes: by name.
        desk: takes commands that are worth money; None: there are none.
        areas: what else is shown and told in rooms.
        guest_marks: tells which guests came from the same network.
    """

    def __init__(
        self,
        *,
        store: RoomStore,
        hub: Hub,
        authenticator: Authenticator,
        scenes: Mapping[str, Scene],
        clock: Clock,
        telemetry: Telemetry,
        room_telemetry: RoomTelemetry,
        guest_marks: GuestMarks,
        desk: Desk | None = None,
        areas: Areas | None = None,
        retold: Callable[[str], Sequence[bytes]] = nothing_retold,
    ) -> None:
        self.store = store
        self.desk = desk
        self.scenes = scenes
        self.areas = areas or Areas()
        self.whereabouts: Whereabouts | None = None
        means = Means(store, hub.backplane, hub, self.areas, retold)
        self.open_rooms = OpenRooms(means, scenes, clock, telemetry, room_telemetry)
        self._authenticator = authenticator
        self._guest_marks = guest_marks
        self._clock = clock
        self._telemetry = telemetry
        self._room_telemetry = room_telemetry

    # Application

    async def identify(self, connect: Connect, address: str) -> tuple[Identity, str | None]:
        """See `Application.identify`."""
        return await self._authenticator.identify(connect, address)

    async def refresh(self, token: str, identity: Identity) -> Identity:
        """See `Application.refresh`."""
        return await self._authenticator.refresh(token, identity)

    async def prepare(self, connection: Connection, room: str) -> Door:
        """See `Application.prepare`."""
        identity = _identity_of(connection)
        if not identity.may_enter(room):
            raise Refusal(ErrorCode.FORBIDDEN, "your token is for other rooms", room=room)
        past, ban = await asyncio.gather(
            self.store.past_visits(room, identity.user_id), self.store.ban_of(room, identity.user_id)
        )
        actor = await self.open_rooms.open(room)
        # Another node may have answered a ban that this one has not heard of yet.
        require_no_ban(ban if active(ban, self._clock.now_ms()) else None, identity.role_in(room), room)
        read = self.areas.fetch(actor.room, identity)
        return partial(self._join, connection, identity, actor, past, await read if read is not None else NOTHING)

    def _join(
        self,
        connection: Connection,
        identity: Identity,
        actor: RoomActor,
        past: PastVisits | None,
        read: Mapping[str, object],
        after: Position | None,
        answer_bytes: int,
    ) -> bytes:
        """Enter without an await: document, snapshot and membership belong to the same position."""
        room = actor.room.id
        if self.open_rooms.get(room) is not actor:
            raise Refusal(ErrorCode.UNAVAILABLE, "the room was just being closed; try again", room=room)
        now_ms = self._clock.now_ms()
        self.admit(actor.room, identity)
        again = room in connection.rooms
        if not again:
            self.admit_address(room, identity, connection.address)
        mine = {**read, **self.areas.mine(actor.room, identity)}
        joined, outcome = actor.room.join(
            connection, identity, after, answer_bytes, connection.lang, past, now_ms, again=again, mine=mine
        )
        if not again and self.whereabouts is not None:
            self.whereabouts.came(actor.room, identity.user_id)
        if outcome:
            self._telemetry.resume_answered(outcome)
        return joined

    def joined(self, connection: Connection, room: str) -> tuple[bytes, ...]:
        """See `Application.joined`: the personal welcome, the host's cue and the effect (L6, L7)."""
        actor = self.open_rooms.get(room)
        if actor is None or connection.identity is None:
            return ()
        attendance = actor.room.attendance
        now_ms = self._clock.now_ms()
        started_s = self._clock.monotonic_s()
        user_id = connection.identity.user_id
        entry = attendance.greet(user_id, actor.room.document, actor.room.host_lang, now_ms)
        if entry is None:
            actor.note()
            return ()
        attendance.viewers[user_id].welcome = encode_value(entry.welcome)
        if entry.cue is not None:
            actor.room.outbox.privates.append((Target(roles=STAFF_ROLES), entry.cue))
        if entry.effect is not None:
            actor.room.outbox.events.append(entry.effect)
        actor.note()
        welcome = encode_private(room, [encode_event("welcome.shown", now_ms, entry.welcome)])
        self._room_telemetry.welcome_shown(self._clock.monotonic_s() - started_s)
        return (welcome,)

    def submit(self, connection: Connection, command: Command) -> None:
        """See `Application.submit`."""
        identity = _identity_of(connection)
        actor = self.open_rooms.get(command.room)
        if actor is None or (command.room not in connection.rooms and identity.role < Role.OPERATOR):
            raise Refusal(ErrorCode.NOT_JOINED, "join the room first", room=command.room)
        declared = catalogue.commands[command.type]
        role = _require_role(identity, command.room, declared)
        arrived_s = self._clock.monotonic_s()
        request = Request(
            identity, role, declared, command.data, command.key, command.id, arrived_s, connection=connection
        )
        self._submit(actor, request)

    def _submit(self, actor: RoomActor, request: Request) -> None:
        if self.desk is not None and self.desk.takes(request.declared.name):
            self.desk.submit(actor.room, request)
        else:
            actor.submit(request)

    def left(self, connection: Connection, room: str) -> None:
        """See `Application.left`."""
        actor = self.open_rooms.get(room)
        if actor is not None and connection.identity is not None:
            actor.room.attendance.leave(connection.identity.user_id, actor.room.document, self._clock.now_ms())
            actor.note()
            if self.whereabouts is not None:
                self.whereabouts.left(room, connection.identity.user_id)

    # For HTTP

    async def create(self, new: NewRoom, who: str) -> lifecycle.RoomState:
        """Create a room.

        Args:
            who: id of the caller, for the history.

        Raises:
            Refusal: the name is taken or the scene is unknown.
        """
        if new.scene not in self.scenes:
            known = ", ".join(sorted(self.scenes))
            raise Refusal(ErrorCode.INVALID_FIELD, f"there is no scene of this name; known: {known}", field="scene")
        state = lifecycle.create(new.id, new.title, new.scene, new.host, new.settings, self._clock.now_ms())
        await self.store.create(state, who=who, command="room.create")
        return state

    async def room(self, room: str) -> Room:
        """A room, opened on this node.

        Raises:
            Refusal: `room_not_found`.
        """
        return (await self.open_rooms.open(room)).room

    async def call(self, identity: Identity, room: str, type_: str, data: Model, key: str | None) -> Answer:
        """Carry out a command and wait for its answer.

        Raises:
            RealtimeError: it was refused, or not answered in time.
        """
        actor = await self.open_rooms.open(room)
        self.admit(actor.room, identity)
        declared = catalogue.commands[type_]
        role = _require_role(identity, room, declared)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        started_s = self._clock.monotonic_s()
        self._submit(actor, Request(identity, role, declared, data, key, None, started_s, waiting=waiting))
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await waiting
        except TimeoutError:
            raise RealtimeError(ErrorCode.UNAVAILABLE, "the room did not answer in time", room=room) from None

    def admit(self, room: Room, identity: Identity) -> None:
        """Check that somebody may be in the room at all; the same for a socket and for HTTP.

        Raises:
            Refusal: `forbidden`, `guests_not_allowed`, `banned`.
        """
        if not identity.may_enter(room.id):
            raise Refusal(ErrorCode.FORBIDDEN, "your token is for other rooms", room=room.id)
        role = identity.role_in(room.id)
        lifecycle.admit(room.document, role)
        require_no_ban(room.ban_of(identity.user_id, self._clock.now_ms()), role, room.id)

    def admit_address(self, room: str, identity: Identity, address: str) -> None:
        """Check that a guest does not come from where a guest was just banned; others may come from anywhere.

        Raises:
            Refusal: `banned`.
        """
        actor = self.open_rooms.get(room) if identity.guest else None
        if actor is None:
            return
        here, now_ms = actor.room, self._clock.now_ms()
        limit_ms = here.document.settings.guest_ban_s * 1000
        if here.guest_addresses.keeps_out(self._guest_marks, address, here.bans, limit_ms=limit_ms, now_ms=now_ms):
            text = "a guest from your address was banned from this room; sign in, or try again later"
            raise Refusal(ErrorCode.BANNED, text, room=room)


def _identity_of(connection: Connection) -> Identity:
    if connection.identity is None:
        raise RealtimeError(ErrorCode.CONNECT_FIRST, "send connect first")
    return connection.identity


def _require_role(identity: Identity, room: str, declared: CommandType) -> Role:
    role = identity.role_in(room)
    if role not in declared.roles:
        allowed = ", ".join(sorted(each.value for each in declared.roles))
        text = f"{declared.name} is for: {allowed}; you are {role.value} here"
        raise Refusal(ErrorCode.FORBIDDEN, text, room=room)
    return role
