"""A worker process: takes commands of the server over the line, forwards packets, tells what happens.

    python -m liveroom.realtime.media.sfu.worker FD

It ends when the line does, so that no worker outlives its server.
Promise: as of `questions.reply`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable

from liveroom.realtime.collection import settle_collection
from liveroom.realtime.media.errors import MediaOverloaded
from liveroom.realtime.media.events import Ended, Kind
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.house import Conditions, House
from liveroom.realtime.media.sfu.ice_port import Reach
from liveroom.realtime.media.sfu.questions import reply
from liveroom.realtime.media.sfu.rpc import Line, Message, open_line, pack_event

LOAD_S = 1.0

Command = Callable[[Message], Awaitable[Message]]


class Worker:
    """See the module."""

    def __init__(self, line: Line, start: Message) -> None:
        reach = Reach(tuple(start["binds"]), tuple(start["advertised"]), (start["ports"][0], start["ports"][1]))
        conditions = Conditions(reach, start["slots"], start["most_bps"], start["warm_s"])
        self._line = line
        self._most_load = float(start["most_load"])
        self._load = 0.0
        self._house = House(conditions, lambda event: line.send(pack_event(event)))
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands: dict[str, Command] = {
            "answer": self._answer,
            "grant": self._grant,
            "revoke": self._revoke,
            "watch": self._watch,
            "mute": self._mute,
            "remove": self._remove,
            "link": self._link,
            "unlink": self._unlink,
            "ping": self._ping,
        }

    async def run(self) -> None:
        """Serve until the line ends."""
        self._house.start()
        measuring = asyncio.create_task(self._measure())
        while (message := await self._line.receive()) is not None:
            task = asyncio.create_task(reply(self._line, message, self._carry_out))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        measuring.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await measuring
        await self._house.stop()

    async def _carry_out(self, message: Message) -> Message:
        return await self._commands[message["do"]](message)

    # --- commands -----------------------------------------------------------------------------------------------

    async def _answer(self, message: Message) -> Message:
        if self._load > self._most_load:
            raise MediaOverloaded
        return {"sdp": await self._house.answer(_person(message), message["session"], message["sdp"])}

    async def _grant(self, message: Message) -> Message:
        kinds = frozenset(Kind(kind) for kind in message["kinds"])
        self._house.board.grant(_person(message), message["seat"], kinds)
        return {}

    async def _revoke(self, message: Message) -> Message:
        self._house.board.revoke(_person(message))
        return {}

    async def _watch(self, message: Message) -> Message:
        self._house.board.watch(_person(message))
        return {}

    async def _mute(self, message: Message) -> Message:
        self._house.board.mute(_person(message), Kind(message["kind"]), message["muted"])
        return {}

    async def _remove(self, message: Message) -> Message:
        self._house.remove(_person(message), Ended(message["why"]))
        return {}

    async def _link(self, message: Message) -> Message:
        self._house.board.link(message["room_a"], message["room_b"])
        return {}

    async def _unlink(self, message: Message) -> Message:
        self._house.board.unlink(message["room_a"], message["room_b"])
        return {}

    async def _ping(self, message: Message) -> Message:
        packets_in, packets_out = self._house.packets
        connections = self._house.count
        return {"load": self._load, "connections": connections, "in": packets_in, "out": packets_out}

    async def _measure(self) -> None:
        """How much of a core this process takes, over about three seconds."""
        cpu_s, at_s = time.process_time(), time.monotonic()
        while True:
            await asyncio.sleep(LOAD_S)
            cpu_now_s, now_s = time.process_time(), time.monotonic()
            share = (cpu_now_s - cpu_s) / (now_s - at_s)
            cpu_s, at_s = cpu_now_s, now_s
            self._load += (share - self._load) / 3


def _person(message: Message) -> Person:
    return Person(message["room"], message["user_id"])


async def serve(end: socket.socket) -> None:
    """Serve over one end of a socket pair; the first message says under which conditions."""
    line = await open_line(end)
    start = await line.receive()
    if start is not None:
        worker = Worker(line, start)
        line.send({"ready": True})
        settle_collection()
        await worker.run()
    line.close()


def main() -> None:
    """Run a worker on the inherited socket that the first argument names."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(message)s")
    end = socket.socket(fileno=int(sys.argv[1]))
    if sys.platform == "win32":
        asyncio.run(serve(end))
    else:
        import uvloop

        uvloop.run(serve(end))


if __name__ == "__main__":
    main()
