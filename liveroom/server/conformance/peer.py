"""The server's side of one connection, played by a scenario."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from liveroom.server.conformance.verdict import Broken

Frame = dict[str, Any]
PATIENCE_S = 10.0
HOUR_S = 3_600.0


class Peer:
    """One accepted WebSocket. `opened_at_s` is on the loop's clock; `path` is what the client asked for."""

    def __init__(self, socket: ServerConnection, opened_at_s: float, note: Callable[[str], None]) -> None:
        self.opened_at_s = opened_at_s
        self.done = asyncio.Event()
        self._socket = socket
        self._note = note

    @property
    def path(self) -> str:
        """The request target of the upgrade."""
        return self._socket.request.path if self._socket.request is not None else ""

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that was agreed on."""
        return self._socket.subprotocol

    async def read(self, within_s: float = PATIENCE_S) -> Frame:
        """The client's next frame.

        Raises:
            Broken: none came in time, it is no JSON object in a text message, or the client closed.
        """
        try:
            async with asyncio.timeout(within_s):
                message = await self._socket.recv()
        except TimeoutError:
            raise Broken(f"the client sent nothing within {within_s:g} s") from None
        except ConnectionClosed as ended:
            raise Broken(f"the client closed the connection ({ended.rcvd or 'without a close frame'})") from None
        self._note(f"client  {str(message)[:300]}")
        if not isinstance(message, str):
            raise Broken("the client sent a binary message; live.v1.json is text")
        frame = json.loads(message)
        if not isinstance(frame, dict):
            raise Broken(f"the client sent {type(frame).__name__} where an object is due")
        return frame

    async def expect(self, type_: str, within_s: float = PATIENCE_S) -> Frame:
        """The client's next frame, which must be of this type; pings of the client are answered and passed over.

        Raises:
            Broken: another frame, or none.
        """
        while True:
            frame = await self.read(within_s)
            if frame.get("type") == "ping":
                await self.answer_ping(frame)
            elif frame.get("type") != type_:
                raise Broken(f"the client sent {frame.get('type')} where {type_} is due")
            else:
                return frame

    async def answer_ping(self, ping: Frame) -> None:
        """Send the `pong` for a ping of the client."""
        answered = {"id": ping["id"]} if "id" in ping else {}
        await self.send({"type": "pong", **answered, "server_time": 0})

    @asynccontextmanager
    async def answering_pings(self) -> AsyncIterator[None]:
        """Answer the client's pings meanwhile; its next other frame, and whatever else goes wrong, ends that."""

        async def answer() -> None:
            while (frame := await self.read(HOUR_S)).get("type") == "ping":
                await self.answer_ping(frame)

        answering = asyncio.create_task(answer())
        try:
            yield
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def send(self, frame: Frame) -> None:
        """Send a frame."""
        await self.send_text(json.dumps(frame, ensure_ascii=False))

    async def send_text(self, text: str | Iterable[bytes]) -> None:
        """Send a message as it is; byte pieces become fragments of one text message.

        Raises:
            Broken: the client has closed.
        """
        self._note(f"server  {text[:300] if isinstance(text, str) else 'a message in fragments'}")
        try:
            await self._socket.send(text, text=True)
        except ConnectionClosed as ended:
            raise Broken(f"the client closed the connection ({ended.rcvd or 'without a close frame'})") from None

    async def tell(self, last_seq: int, *events: Frame, room: str = "demo") -> None:
        """Send an `events` frame whose last event has position `last_seq`."""
        await self.send({"type": "events", "room": room, "seq": last_seq, "events": list(events)})

    async def check_position(self, seq: int, room: str = "demo") -> None:
        """Ask with a ping where the client is; everything sent before has then been read.

        Raises:
            Broken: it sent something else first, or is elsewhere.
        """
        await self.send({"type": "ping", "t": seq * 1000})
        pong = await self.expect("pong")
        if pong.get("t") != seq * 1000:
            raise Broken(f"pong.t is {pong.get('t')}; it must repeat ping.t, {seq * 1000}")
        if pong.get("seqs", {}).get(room) != seq:
            raise Broken(f"pong.seqs is {pong.get('seqs')}; the client should be at {room}: {seq}")

    async def close(self, code: int, reason: str = "") -> None:
        """Close with a code."""
        self._note(f"server  closes with {code}")
        await self._socket.close(code, reason)
        self.done.set()

    async def cut(self) -> None:
        """Drop the TCP connection without a close frame."""
        self._note("server  cuts the connection")
        self._socket.transport.abort()
        await self._socket.wait_closed()
        self.done.set()

    async def wait_closed(self, within_s: float = PATIENCE_S) -> int:
        """The code with which the client closed; frames that are still coming are passed over.

        Raises:
            Broken: it stays open.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    await self._socket.recv()
        except TimeoutError:
            raise Broken(f"the client did not close the connection within {within_s:g} s") from None
        except ConnectionClosed as ended:
            self.done.set()
            return ended.rcvd.code if ended.rcvd is not None else 1006

    @property
    def is_open(self) -> bool:
        """Whether the client still holds this connection."""
        return self._socket.close_code is None and not self._socket.transport.is_closing()
