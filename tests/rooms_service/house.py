"""A whole node without sockets: hub, rooms and dialogue, on a clock that a test turns and a backplane it can break."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.decoder import Decoder
from liveroom.realtime.dialogue import Dialogue
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.gateway import Gateway, Limits
from liveroom.realtime.handshake import HandshakePolicy
from liveroom.realtime.hub import Hub
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.occupancy import network_of
from liveroom.realtime.telemetry import NullTelemetry
from liveroom.realtime.wire import Connect
from liveroom.rooms.areas import Areas
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom, RoomService
from liveroom.rooms.telemetry import NullRoomTelemetry
from tests.rooms.builders import DAY_MS, HOST, small_scene
from tests.rooms_service.faults import Faults, FaultyBackplane, FaultyStore
from tests.rooms_service.line import FakeTransport, Frame, Line
from tests.support.clock import START_MS, FakeClock

ROOM = "demo"
NO_LIMIT = 1e9
PATIENCE_S = 60.0


class Measured(NullRoomTelemetry):
    """Writes down what rooms tell about themselves."""

    def __init__(self) -> None:
        self.bounces = 0
        self.cards_s: list[float] = []

    def viewer_bounced(self) -> None:
        self.bounces += 1

    def value_card_shown(self, seconds: float) -> None:
        self.cards_s.append(round(seconds, 3))


class Steps(NullTelemetry):
    """Writes down which steps of messages were measured."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: list[tuple[str, float]] = []

    def step_taken(self, step: str, seconds: float) -> None:
        self.taken.append((step, seconds))


class Marks:
    """Knows from where the guests of a test came, whose ids are plain names."""

    def __init__(self) -> None:
        self.came_from: dict[str, str] = {}

    def of_guest(self, user_id: str) -> bytes | None:
        address = self.came_from.get(user_id)
        return None if address is None else self.of_address(address)

    def of_address(self, address: str) -> bytes:
        return network_of(address).encode()


class People:
    """An `Authenticator` whose tokens are the ids of people it knows."""

    def __init__(self) -> None:
        self.known: dict[str, Identity] = {}

    async def identify(self, connect: Connect, address: str) -> tuple[Identity, str | None]:
        if connect.token is None or connect.token not in self.known:
            raise RealtimeError(ErrorCode.INVALID_TOKEN, "the token is not valid")
        return self.known[connect.token], None

    async def refresh(self, token: str, identity: Identity) -> Identity:
        return self.known[token]


class House:
    """See the module.

    Args:
        settings: of the room `demo`, which exists from `open` on and is open or live as wanted.
    """

    def __init__(self, clock: FakeClock, settings: RoomSettings | None = None, areas: Areas | None = None) -> None:
        self.clock = clock
        self.faults = Faults()
        self.backplane = FaultyBackplane(clock)
        self.store = FaultyStore()
        self.backplane.faults = self.store.faults = self.faults
        self.steps = Steps()
        self.hub = Hub(self.backplane, clock, self.steps)
        self.people = People()
        self.marks = Marks()
        self.measured = Measured()
        self.service = RoomService(
            store=self.store,
            hub=self.hub,
            authenticator=self.people,
            scenes={"small": small_scene()},
            clock=clock,
            telemetry=self.steps,
            room_telemetry=self.measured,
            guest_marks=self.marks,
            areas=areas,
        )
        limits = Limits(
            commands_per_s=NO_LIMIT, command_burst=NO_LIMIT, handshakes_per_s=NO_LIMIT, heartbeat_s=NO_LIMIT
        )
        policy = HandshakePolicy(origins=frozenset(), deflate=False, trusted_proxies=())
        self.gateway = Gateway(self.hub, clock, self.steps, limits=limits, policy=policy, node="n")
        self.dialogue = Dialogue(self.gateway, self.service, Decoder(catalogue), comment_chars=500)
        self.gateway.dialogue = self.dialogue
        self.service.open_rooms.remove = self.dialogue.remove
        self._settings = settings or RoomSettings()
        self._protocol = self.gateway.protocol_class()

    async def open(self, *, live: bool = True) -> None:
        """Create the room and let people in."""
        await self.hub.start()
        self.service.open_rooms.start()
        await self.service.create(NewRoom(ROOM, "晚上好", "small", HOST, self._settings), HOST.id)
        host = await self.line(HOST.id, Role.HOST)
        await host.join()
        await host.ask("room.go_live" if live else "room.open")
        host.hang_up()
        await self.settle()

    async def close(self) -> None:
        """End everything."""
        await self.service.open_rooms.stop()
        self.gateway.stop()
        await self.hub.stop()

    async def line(self, user_id: str, role: Role = Role.VIEWER, *, lang: str = "en", **traits: Any) -> Line:
        """Somebody connects, without entering a room."""
        is_local = role in (Role.HOST, Role.MODERATOR)
        self.people.known[user_id] = Identity(
            user_id=user_id,
            name=user_id.title(),
            role=role,
            expires_at_ms=START_MS + 3_000 * DAY_MS,
            guest=role is Role.GUEST,
            rooms=frozenset({ROOM}) if is_local else None,
            traits=traits,
        )
        transport = FakeTransport()
        connection = self._protocol(None, SimpleNamespace(connections=set()), None)
        connection.connection_made(transport)  # type: ignore[arg-type] - as much of a transport as is used
        self.gateway._welcome(connection)
        line = Line(connection, transport, self.settle)
        line.send({"type": "connect", "token": user_id, "lang": lang})
        await self.settle()
        return line

    async def enter(self, user_id: str, role: Role = Role.VIEWER, *, lang: str = "en", **traits: Any) -> Line:
        """Somebody connects and enters the room."""
        line = await self.line(user_id, role, lang=lang, **traits)
        await line.join()
        return line

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        rooms = self.service.open_rooms
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(3):
                while tasks := {*self.dialogue._entrance._tasks, *rooms._tasks, *rooms._closing.values()}:
                    await asyncio.gather(*tasks)
                    await asyncio.sleep(0)
                await rooms.drain()
                self.clock.advance(0)

    async def wait(self, ms: float, step_ms: float = 50) -> None:
        """Let time pass, step by step, so that what waits for a timer is done in its time."""
        while ms > 0:
            self.clock.advance(min(step_ms, ms))
            ms -= step_ms
            await self.settle()

    async def look(self) -> Frame:
        """The join result of somebody who only comes to look."""
        line = await self.line("looker", Role.OPERATOR)
        joined = await line.join()
        line.hang_up()
        await self.settle()
        return joined
