"""Every frame a real server sends is one of the published frames, and no published frame is missing."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import defaultdict
from contextlib import suppress
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.codes import SUBPROTOCOL
from liveroom.realtime.fanout import Fanout, Tick
from liveroom.realtime.identity import Role
from liveroom.realtime.ring import Ring
from liveroom.realtime.telemetry import NullTelemetry
from liveroom.server.auth import make_api_key
from liveroom.server.handbook.documents import frame_models, schemas
from tests.support.clock import FakeClock
from tests.support.json_schema import validator_of
from tests.support.server import Server, running_server

WAIT_S = 60.0
SCHEMAS = schemas()
FROM_SERVER = validator_of({"$ref": "#/$defs/FromServer"}, {"$defs": SCHEMAS["$defs"]})


def check(raw: str | bytes) -> dict[str, Any]:
    """A frame, once the model and the schema have both accepted it."""
    frame: dict[str, Any] = json.loads(raw)
    frame_models().server[frame["type"]].model_validate_json(raw)
    FROM_SERVER.validate(frame)
    return frame


class Talk:
    """A connection that checks whatever it hears."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._commands: dict[int, str] = {}
        self.heard: dict[str, list[dict[str, Any]]] = defaultdict(list)

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        if "id" in frame:
            self._commands[frame["id"]] = frame["type"]
        await self._socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        """The next frame; pings are answered."""
        raw = await self._socket.recv()
        frame = check(raw)
        if frame["type"] == "ack":
            frame_models().acks[self._commands[frame["id"]]].model_validate_json(raw)
        if frame["type"] == "ping":
            await self.say(type="pong", t=frame["t"], seqs={})
        self.heard[frame["type"]].append(frame)
        return frame

    async def until(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Hear until a frame of this type with these fields came."""
        async with asyncio.timeout(WAIT_S):
            while True:
                frame = await self.hear()
                if frame["type"] == type_ and fields.items() <= frame.items():
                    return frame

    async def until_closed(self) -> None:
        """Hear to the end."""
        async with asyncio.timeout(WAIT_S):
            with suppress(ConnectionClosed):
                while True:
                    await self.hear()

    def kinds(self, type_: str) -> set[str]:
        """The event kinds heard in frames of a type."""
        return {event["kind"] for frame in self.heard[type_] for event in frame["events"]}


def open_socket(server: Server) -> connect:
    """A WebSocket to a server."""
    return connect(server.socket_address, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None)


async def test_every_frame_of_a_whole_show_is_a_published_one() -> None:
    key, entry = make_api_key("app")
    # The first ping comes after the time for `connect`.
    times = {"LIVEROOM_CONNECT_TIMEOUT_S": "10", "LIVEROOM_HEARTBEAT_S": "1", "LIVEROOM_DRAIN_S": "1"}
    with running_server(LIVEROOM_API_KEYS=entry, **times) as server:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=WAIT_S) as app:
            room = {"id": "evening", "title": "Evening", "host": {"id": "h1", "name": "Mia"}}
            assert (await app.post("/api/v1/rooms", json=room)).status_code == 201
        async with open_socket(server) as first, open_socket(server) as second:
            host, viewer = Talk(first), Talk(second)
            await _come(server, host, viewer)
            await _play(host, viewer)
            await _ban(host, viewer)
            await viewer.until("ping")
            server.process.send_signal(signal.SIGTERM)
            await asyncio.gather(host.until_closed(), viewer.until_closed())
    heard = set(host.heard) | set(viewer.heard)
    assert heard == set(frame_models().server) - {"resync"}
    assert host.kinds("events") >= {"room.went_live", "comment.sent", "room.updated", "like.milestone_reached"}
    assert host.kinds("private") >= {"cue.shown"}
    assert viewer.kinds("private") >= {"welcome.shown", "value_card.shown"}


async def _come(server: Server, host: Talk, viewer: Talk) -> None:
    """Both connect; one of the rooms does not exist."""
    token = server.token("h1", name="Mia", role="host", rooms=["evening"])
    await host.say(id=1, type="connect", token=token, lang="en", rooms={"evening": {}, "nowhere": {}})
    connected = await host.until("connected")
    assert connected["rooms"]["nowhere"]["error"]["code"] == "room_not_found"
    await host.say(id=2, type="room.go_live", room="evening", key="k-live")
    await host.until("ack", id=2)
    token = server.token("u1", name="Ann", traits={"bought": True, "level": 30})
    await viewer.say(id=1, type="connect", token=token, lang="en", rooms={"evening": {}})
    joined = (await viewer.until("connected"))["rooms"]["evening"]
    position = {"epoch": joined["epoch"], "seq": joined["seq"]}
    await viewer.say(id=2, type="room.join", room="evening", data=position)
    assert (await viewer.until("ack", id=2))["data"]["recovered"] is True


async def _play(host: Talk, viewer: Talk) -> None:
    """Talk, like, ask what is refused, repeat."""
    for number in (3, 4):
        await viewer.say(id=number, type="comment.send", room="evening", data={"text": "hello"}, key="k-hello")
        assert (await viewer.until("ack", id=number)).get("duplicate", False) is (number == 4)
    for number in (5, 6):
        await host.say(id=number, type="like.send", room="evening", data={"count": 50})
    await host.until("latest")
    await host.say(id=7, type="room.update", room="evening", data={"title": "Late evening"})
    await host.until("ack", id=7)
    await viewer.say(id=8, type="room.end", room="evening")
    assert (await viewer.until("error", id=8))["error"]["code"] == "forbidden"
    await viewer.say(id=9, type="comment.send", room="evening", data={"texts": "hello"})
    assert (await viewer.until("error", id=9))["error"]["field"]
    await viewer.say(id=10, type="ping")
    await viewer.until("pong", id=10)
    if "value_card.shown" not in viewer.kinds("private"):
        await viewer.until("private")


async def _ban(host: Talk, viewer: Talk) -> None:
    """The viewer is put out of the room; the connection goes on."""
    await host.say(id=11, type="user.ban", room="evening", data={"user_id": "u1"})
    assert (await viewer.until("left"))["code"] == "banned"


class Listener:
    """A consumer of a fan-out that keeps what it is sent."""

    deflate = False
    is_paused = False

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take framed bytes: one short frame, so two bytes of header (RFC 6455 §5.2)."""
        self.sent.append(data[2:])

    feed = write

    def send(self, payload: bytes) -> None:
        """Take a message."""
        self.sent.append(payload)

    def backlog_bytes(self) -> int:
        """Nothing waits."""
        return 0


def test_a_lost_position_is_told_in_a_published_frame(clock: FakeClock) -> None:
    fanout = Fanout(
        "evening",
        Position("e1", 0),
        [],
        ring=Ring(),
        clock=clock,
        telemetry=NullTelemetry(),
        tick=Tick(),
    )
    listener = Listener()
    fanout.attach(listener, Role.VIEWER, None)
    fanout.replace(Position("e2", 0))
    assert [check(raw) for raw in listener.sent] == [{"type": "resync", "room": "evening", "reason": "epoch"}]
