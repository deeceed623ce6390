"""The least that speaks the wire: what a run against it takes, the generator itself has added.

No rules, no limits, no storage: `connect` is answered, comments go to everybody in the room at once, likes are
summed and told five times a second. Arguments: port. Loopback only; it asks nobody for a token.
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
        self.likes = 0
        self.told_likes = 0
        self.kept: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def answer(self, position: dict[str, Any]) -> dict[str, Any]:
        """The room's part of `connected`."""
        answer: dict[str, Any] = {"room": self.name, "epoch": "1", "seq": self.seq, "recovered": False}
        answer["totals"] = {"likes": {"total": self.likes}}
        missed = self.seq - int(position.get("seq", self.seq))
        if "seq" in position and missed <= len(self.kept):
            answer["recovered"] = True
            answer["events"] = list(self.kept)[len(self.kept) - missed :]
        return answer

    def say(self, data: dict[str, Any]) -> int:
        """Tell everybody; the position."""
        self.seq += 1
        event = {"kind": "comment.sent", "ts": int(time.time() * 1000), "data": {"id": f"c_{self.seq}", **data}}
        self.kept.append(event)
        self.spread(orjson.dumps({"type": "events", "room": self.name, "seq": self.seq, "events": [event]}))
        return self.seq

    def spread(self, payload: bytes) -> None:
        """Write the same to everybody."""
        broadcast(self.members, payload.decode())

    def tell_likes(self) -> None:
        """Tell the total if it is new."""
        if self.likes != self.told_likes:
            self.told_likes = self.likes
            values = {"likes": {"total": self.likes}}
            self.spread(orjson.dumps({"type": "latest", "room": self.name, "values": values}))


class TrivialServer:
    """See the module."""

    room_class = TrivialRoom

    def __init__(self) -> None:
        """Without rooms; they come into being when somebody enters."""
        self.rooms: dict[str, TrivialRoom] = {}

    async def meet(self, connection: ServerConnection) -> None:
        """Serve one connection until it ends."""
        room: TrivialRoom | None = None
        try:
            async for text in connection:
                frame = orjson.loads(text)
                if frame["type"] == "connect":
                    room = await self._enter(connection, frame)
                elif room is not None and "data" in frame:
                    await connection.send(orjson.dumps(self.act(room, frame)).decode())
        except ConnectionClosed:
            pass  # gone without a goodbye
        finally:
            if room is not None:
                room.members.discard(connection)

    async def _enter(self, connection: ServerConnection, frame: dict[str, Any]) -> TrivialRoom:
        (name, position), *_ = frame["rooms"].items()
        room = self.rooms.setdefault(name, self.room_class(name))
        connected = {"type": "connected", "id": 1, "session": "s", "rooms": {name: room.answer(position)}}
        # Into the room before the answer is written: nothing said from now on is missed.
        room.members.add(connection)
        await connection.send(orjson.dumps(connected).decode())
        welcome = {"kind": "welcome.shown", "ts": int(time.time() * 1000), "data": {"text": "hello"}}
        await connection.send(orjson.dumps({"type": "private", "room": name, "events": [welcome]}).decode())
        return room

    def act(self, room: TrivialRoom, frame: dict[str, Any]) -> dict[str, Any]:
        """Do a command; its answer."""
        ack: dict[str, Any] = {"type": "ack", "id": frame["id"]}
        if frame["type"] == "comment.send":
            ack["seq"] = room.say(frame["data"])
            ack["data"] = {"comment_id": f"c_{ack['seq']}"}
        elif frame["type"] == "like.send":
            room.likes += frame["data"]["count"]
        return ack

    async def tell_totals(self) -> None:
        """Tell totals for as long as the server runs."""
        while True:
            await asyncio.sleep(TELL_S)
            for room in self.rooms.values():
                room.tell_likes()

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
