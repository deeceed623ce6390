"""The least that speaks the wire: what a run against it takes, the generator itself has added.

No rules, no limits, no storage: `connect` is answered, comments go to everybody in the room at once, likes and the like
are summed and told five times a second. Arguments: port. Loopback only; it asks nobody for a token.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from http import HTTPStatus
from typing import Any, Final

import orjson
import uvloop
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from liveroom.realtime.codes import PATH, SUBPROTOCOL
from loadtests.drive.trivial_acts import Goods, do

TELL_S: Final = 0.2
KEPT: Final = 10_000
"""Events kept for those who come back."""


class TrivialRoom:
    """One room: who is in it, what was said, how often it was liked."""

    def __init__(self, name: str) -> None:
        """Empty."""
        self.name = name
        self.members: set[ServerConnection] = set()
        self.seq = 0
        self.goods = Goods()
        self.told: dict[str, Any] = {}
        self.kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def answer(self, position: dict[str, Any]) -> dict[str, Any]:
        """The room's part of `connected`."""
        answer: dict[str, Any] = {"room": self.name, "epoch": "1", "seq": self.seq, "recovered": False}
        answer["totals"] = self.goods.tell()
        missed = self.seq - int(position.get("seq", self.seq))
        if "seq" in position and missed <= len(self.kept):
            answer["recovered"] = True
            answer["events"] = list(self.kept)[len(self.kept) - missed :]
        return answer

    def say(self, kind: str, data: dict[str, Any]) -> int:
        """Tell everybody; the position."""
        self.seq += 1
        event = {"kind": kind, "ts": int(time.time() * 1000), "data": data}
        self.kept.append(event)
        self.spread(orjson.dumps({"type": "events", "room": self.name, "seq": self.seq, "events": [event]}))
        return self.seq

    def spread(self, payload: bytes) -> None:
        """Write the same to everybody."""
        broadcast(self.members, payload.decode())

    def tell_totals(self) -> None:
        """Tell the values that are new."""
        values = self.goods.tell()
        fresh = {kind: value for kind, value in values.items() if self.told.get(kind) != value}
        if fresh:
            self.told = values
            self.spread(orjson.dumps({"type": "latest", "room": self.name, "values": fresh}))


class TrivialServer:
    """See the module."""

    room_class = TrivialRoom

    def __init__(self) -> None:
        """Without rooms; they come into being when somebody enters."""
        self.rooms: dict[str, TrivialRoom] = {}
        self._users = 0

    async def meet(self, connection: ServerConnection) -> None:
        """Serve one connection until it ends."""
        room: TrivialRoom | None = None
        self._users += 1
        user = f"u{self._users}"
        try:
            async for text in connection:
                frame = orjson.loads(text)
                if frame["type"] == "connect":
                    room = await self._enter(connection, frame, user)
                elif room is not None and "data" in frame:
                    for reply in self.act(room, frame, user):
                        await connection.send(orjson.dumps(reply).decode())
        except ConnectionClosed:
            pass  # gone without a goodbye
        finally:
            if room is not None:
                room.members.discard(connection)

    async def _enter(self, connection: ServerConnection, frame: dict[str, Any], user: str) -> TrivialRoom:
        (name, position), *_ = frame["rooms"].items()
        room = self.rooms.setdefault(name, self.room_class(name))
        connected = {"type": "connected", "id": 1, "user": {"id": user}, "rooms": {name: room.answer(position)}}
        # Into the room before the answer is written: nothing said from now on is missed.
        room.members.add(connection)
        await connection.send(orjson.dumps(connected).decode())
        welcome = {"kind": "welcome.shown", "ts": int(time.time() * 1000), "data": {"text": "hello"}}
        await connection.send(orjson.dumps({"type": "private", "room": name, "events": [welcome]}).decode())
        return room

    def act(self, room: TrivialRoom, frame: dict[str, Any], user: str) -> list[dict[str, Any]]:
        """Do a command; what its sender is told."""
        ack: dict[str, Any] = {"type": "ack", "id": frame["id"]}
        if frame["type"] == "comment.send":
            ack["seq"] = room.say("comment.sent", frame["data"])
            return [ack]
        deed = do(room.goods, frame, user)
        if deed is None:
            return [ack]
        for kind, data in deed.events:
            room.say(kind, data)
        privates = [{"kind": kind, "ts": int(time.time() * 1000), "data": data} for kind, data in deed.private]
        told = [{"type": "private", "room": room.name, "events": privates}] if privates else []
        return [{**ack, "data": deed.ack}, *told]

    async def tell_totals(self) -> None:
        """Tell totals for as long as the server runs."""
        while True:
            await asyncio.sleep(TELL_S)
            for room in self.rooms.values():
                room.tell_totals()

    async def run(self, port: int) -> None:
        """Serve until the process is stopped."""
        async with serve(
            self.meet,
            "127.0.0.1",
            port,
            compression=None,
            ping_interval=None,
            backlog=4096,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            process_request=_answer_http,
        ) as server:
            await asyncio.gather(_wait(server), self.tell_totals())


def _answer_http(connection: ServerConnection, request: Request) -> Response | None:
    """Whatever is not the WebSocket is not here."""
    return (
        None if request.path == PATH else connection.respond(HTTPStatus.NOT_FOUND, "there is only a WebSocket here\n")
    )


async def _wait(server: Server) -> None:
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(TrivialServer().run(int(sys.argv[1])))
