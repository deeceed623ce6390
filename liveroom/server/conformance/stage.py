"""What a scenario works with: the client on one side, the scripted server on the other.

Promise: steps read like the rule they test; each step that the client does not follow raises `Broken` with the
reason. The clock of the suite is real, since the client is a black box; scenarios keep their waits short.
"""

from __future__ import annotations

import asyncio
from typing import Any

from liveroom.server.conformance.peer import Frame, Peer
from liveroom.server.conformance.port import Port
from liveroom.server.conformance.subject import Report, Subject
from liveroom.server.conformance.verdict import Broken

START_TIMEOUT_S = 30.0
PATIENCE_S = 10.0
RECONNECT_TIMEOUT_S = 8.0
SERVER_TIME_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def comment(number: int) -> Frame:
    """A comment whose text is its number."""
    data = {"id": f"c_{number}", "by": {"id": "u2", "name": "小雨", "role": "viewer"}, "text": f"no. {number}"}
    return {"kind": "comment.sent", "ts": SERVER_TIME_MS + number, "data": data}


def snapshot(seq: int = 10, epoch: str = "e1", room: str = "demo", comments: tuple[Frame, ...] = ()) -> Frame:
    """The answer to a join without a usable position."""
    info = {"id": room, "title": "Demo", "scene": "show", "status": "live", "host": {"id": "h1", "name": "Lin"}}
    show = {"id": "s_1", "started_at": SERVER_TIME_MS}
    body = {"room": info, "show": show, "comments": list(comments)}
    return _joined(room, epoch, seq, recovered=False) | {"snapshot": body}


def recovery(last_seq: int, *events: Frame, epoch: str = "e1", room: str = "demo") -> Frame:
    """The answer to a join with a position inside the ring."""
    return _joined(room, epoch, last_seq, recovered=True) | {"events": list(events)}


def _joined(room: str, epoch: str, seq: int, *, recovered: bool) -> Frame:
    totals = {"likes": {"total": 0}, "audience": {"viewers": 1, "joined": 1}}
    return {"room": room, "epoch": epoch, "seq": seq, "recovered": recovered, "totals": totals, "me": {}}


class Stage:
    """One performance."""

    def __init__(self, subject: Subject, port: Port) -> None:
        self.subject = subject
        self.port = port

    async def start(self, rooms: tuple[str, ...] = ("demo",), tokens: tuple[str, ...] = ("token-1",)) -> Peer:
        """Let the client connect; returns its first connection."""
        await self.tell("start", url=self.port.url, rooms=list(rooms), tokens=list(tokens), lang="en")
        accepting = asyncio.create_task(self.port.accept(START_TIMEOUT_S, "the client did not connect"))
        ending = asyncio.create_task(self.subject.wait_ended())
        try:
            await asyncio.wait((accepting, ending), return_when=asyncio.FIRST_COMPLETED)
            if not accepting.done():
                raise Broken("the adapter ended before it connected")
            return accepting.result()
        finally:
            accepting.cancel()
            ending.cancel()

    async def welcome(self, peer: Peer, rooms: dict[str, Frame] | None = None, **more: Any) -> Frame:
        """Read `connect` and answer it; returns the `connect` frame. Without `rooms`: `demo` at e1/10."""
        connect = await peer.expect("connect")
        answer = {
            "type": "connected",
            "id": connect.get("id"),
            "session": "s_1",
            "node": "n_1",
            "server_time": SERVER_TIME_MS,
            "heartbeat_ms": 25_000,
            "user": {"id": "u1", "name": "小雨", "role": "viewer", "guest": False},
            "token_expires_at": SERVER_TIME_MS + HOUR_MS,
            "limits": {"message_bytes": 65_536, "commands_per_s": 20, "comment_chars": 500},
            "rooms": {"demo": snapshot()} if rooms is None else rooms,
        }
        await peer.send(answer | more)
        return connect

    async def enter(self, **more: Any) -> Peer:
        """A client that is connected and in `demo` at e1/10."""
        peer = await self.start()
        await self.welcome(peer, **more)
        await self.sees("status", status="connected")
        return peer

    async def return_(self, otherwise: str = "the client did not reconnect") -> Peer:
        """The client's next connection after a cut; a first attempt comes within half a second and its jitter."""
        return await self.port.accept(RECONNECT_TIMEOUT_S, otherwise)

    async def tell(self, do: str, **facts: Any) -> None:
        """Instruct the client."""
        await self.subject.tell({"do": do, **facts})

    async def send(self, ref: str, text: str = "hi") -> None:
        """Let the client send a comment."""
        await self.tell("send", ref=ref, room="demo", type="comment.send", data={"text": text})

    async def sees(self, saw: str, within_s: float = PATIENCE_S, **facts: Any) -> Report:
        """Wait until the client reports this; returns the newest such report."""

        def found(reports: list[Report]) -> list[Report]:
            return [one for one in reports if one["saw"] == saw and facts.items() <= one.items()]

        await self.subject.wait_until(
            lambda reports: bool(found(reports)), within_s, f"the client did not report {saw} {facts or ''}"
        )
        return found(self.subject.reports)[-1]

    async def sees_events(self, *seqs: int, room: str = "demo") -> None:
        """Wait until exactly the events at these positions were handed to the program, in this order.

        Raises:
            Broken: others, another order, some twice, or too few.
        """

        def seen(reports: list[Report]) -> list[int]:
            return [one["seq"] for one in reports if one["saw"] == "event" and one["room"] == room]

        def decided(reports: list[Report]) -> bool:
            got = seen(reports)
            return len(got) >= len(seqs) or got != list(seqs[: len(got)])

        want = list(seqs)
        await self.subject.wait_until(decided, PATIENCE_S, f"the client did not hand on all of the events {want}")
        if (got := seen(self.subject.reports)) != want:
            raise Broken(f"the client handed on the events {got}; {want} were due, each once and in order")

    def count(self, saw: str, **facts: Any) -> int:
        """How often the client has reported this."""
        return sum(one["saw"] == saw and facts.items() <= one.items() for one in self.subject.reports)

    def now_s(self) -> float:
        """The loop's clock, on which connections are stamped."""
        return asyncio.get_running_loop().time()


def check(holds: bool, otherwise: str) -> None:
    """Raise `Broken` with `otherwise` unless the condition holds."""
    if not holds:
        raise Broken(otherwise)
