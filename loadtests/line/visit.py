"""One viewer in one room over one socket: joins, listens, acts, and accounts for every frame it is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import gevent
import orjson
from gevent.event import AsyncResult
from websockets.uri import WebSocketURI

from loadtests.line.errors import Cut, LineError, NotConnected
from loadtests.line.frames import make_command, make_connect, make_pong
from loadtests.line.meaning import Meanings
from loadtests.line.reader import Reader
from loadtests.line.room_socket import RoomSocket
from loadtests.plan.kinds import ACK
from loadtests.record.ledger import Ledger

JOIN_TIMEOUT_S: Final = 20.0
"""From the open socket to the room; above it the user counts as not joined."""
_EVENTS: Final = b'"type":"events"'
_LATEST: Final = b'"type":"latest"'
_HEAD: Final = 32
_SILENT: Final = frozenset({"pong"})

OnPrivate = Callable[[str, dict[str, Any], int], None]
"""Called with the kind of a private event, its data and its arrival (run time, ns)."""
OnAck = Callable[[dict[str, Any]], str | None]
"""Called with the answer to an act; returns why it counts as refused although it is no error, or None."""
OnAnswered = Callable[[str, float, str | None], None]
"""Called with the kind of an act, how long its answer took in ms, and the error code if it was refused."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all visits of a worker share."""

    address: WebSocketURI
    ledger: Ledger
    meanings: Meanings
    offset_ns: int
    on_answered: OnAnswered


@dataclass(frozen=True, slots=True)
class Act:
    """A command under way."""

    kind: str
    intended_ns: int
    on_ack: OnAck


class Visit:
    """See the module. `open` first; `leave`, `cut` or `finish` last."""

    def __init__(
        self,
        around: Surroundings,
        room: str,
        token: str | None,
        *,
        is_host: bool = False,
        is_passing: bool = False,
    ) -> None:
        """A visit of this room that has not begun; a passing one begins while the show runs."""
        self._around = around
        self.room = room
        self.user_id = ""
        """Who this is to the server; known from the answer to `connect`."""
        self._token = token
        self._is_host = is_host
        self._is_passing = is_passing
        self._is_away = False
        self._find = around.meanings.find
        self._pending: dict[int, Act] = {}
        self._number = 1
        self._socket: RoomSocket | None = None
        self._answer: AsyncResult[int] = AsyncResult()
        self.reader: Reader | None = None
        self.on_private: OnPrivate | None = None

    def open(self) -> int:
        """Connect, and enter the room or come back to it; when the room was there (run time, ns). Raises LineError."""
        self._answer = AsyncResult()
        opened = RoomSocket(self._around.address)
        self._socket = opened
        opened.listen(self._hear, self._on_ended)
        position = None if self.reader is None else (self.reader.epoch, self.reader.position)
        try:
            opened.send(make_connect(self._token, self.room, position))
            arrived_ns = self._answer.get(timeout=JOIN_TIMEOUT_S)
        except gevent.Timeout:
            opened.cut()
            raise NotConnected(f"no answer to connect in {JOIN_TIMEOUT_S:.0f} s") from None
        return arrived_ns or 0

    def _on_ended(self, reason: str) -> None:
        if self._answer.ready():
            self._around.ledger.closed[reason] += 1
        else:
            self._answer.set_exception(NotConnected(reason))
        self._give_up_acts()

    def _give_up_acts(self) -> None:
        """No answer comes any more."""
        for act in self._pending.values():
            self._around.ledger.sends_of(act.kind).refused["connection lost"] += 1
        self._pending.clear()

    def _hear(self, payload: bytes, now_ns: int) -> None:
        head = payload[:_HEAD]
        if (_EVENTS in head or _LATEST in head) and self.reader is not None:
            self.reader.see(self._find(payload), now_ns)
        else:
            self._understand(payload, now_ns)

    def _understand(self, payload: bytes, now_ns: int) -> None:
        frame: dict[str, Any] = orjson.loads(payload)
        type_ = frame.get("type")
        arrived_ns = now_ns + self._around.offset_ns
        if type_ == "ack":
            self._take_ack(frame, arrived_ns)
        elif type_ == "private":
            self._take_private(frame, arrived_ns)
        elif type_ == "connected":
            self._enter(frame, arrived_ns)
        elif type_ == "ping":
            self._send(make_pong(frame["t"], self.room, 0 if self.reader is None else self.reader.position))
        elif type_ == "error":
            self._take_error(frame)
        elif type_ not in _SILENT:
            self._around.ledger.notices[str(type_)] += 1

    def _enter(self, frame: dict[str, Any], arrived_ns: int) -> None:
        room = frame["rooms"].get(self.room, {})
        self.user_id = str(frame.get("user", {}).get("id", ""))
        if "seq" not in room:
            code = room.get("error", {}).get("code", "the room is missing in `connected`")
            self._answer.set_exception(NotConnected(f"not entered: {code}"))
            return
        if self.reader is None:
            self.reader = Reader(
                self._around.ledger,
                self.room,
                room,
                self._around.offset_ns,
                is_host=self._is_host,
                is_passing=self._is_passing,
            )
        else:
            self.reader.resume(room)
        self._is_away = False
        self._answer.set(arrived_ns)

    def act(self, act: Act, type_: str, data: dict[str, Any], key: str | None = None) -> None:
        """Send a command and go on; its answer is accounted for when it comes."""
        self._number += 1
        sends = self._around.ledger.sends_of(act.kind)
        sends.all_sent += 1
        lag_ns = time.monotonic_ns() + self._around.offset_ns - act.intended_ns
        if act.intended_ns in self._around.ledger.window:
            sends.sent += 1
            sends.lag.add_ns(lag_ns)
        self._pending[self._number] = act
        if not self._send(make_command(self._number, type_, self.room, data, key)):
            del self._pending[self._number]
            sends.refused["connection lost"] += 1

    def hold_back(self, kind: str, intended_ns: int, why: str) -> None:
        """Count an act that was due and could not be sent because the server was not ready for it.

        It counts as sent and refused: that the generator did not send it is not its fault.
        """
        sends = self._around.ledger.sends_of(kind)
        sends.all_sent += 1
        sends.sent += intended_ns in self._around.ledger.window
        sends.refused[why] += 1

    def _send(self, payload: bytes) -> bool:
        try:
            if self._socket is None:
                return False
            self._socket.send(payload)
        except Cut:
            return False  # `_listen` accounts for the connection
        return True

    def _take_ack(self, frame: dict[str, Any], arrived_ns: int) -> None:
        act = self._pending.pop(frame["id"], None)
        if act is None:
            self._around.ledger.notices["ack of nothing"] += 1
            return
        ledger = self._around.ledger
        ledger.measure(act.kind, ACK, act.intended_ns, arrived_ns)
        why_not = act.on_ack(frame)
        if why_not is None:
            ledger.sends_of(act.kind).answered += 1
            ledger.sends_of(act.kind).fulfilled += act.intended_ns in ledger.window
        else:
            ledger.sends_of(act.kind).refused[why_not] += 1
        self._around.on_answered(act.kind, (arrived_ns - act.intended_ns) / 1e6, why_not)

    def _take_error(self, frame: dict[str, Any]) -> None:
        code = str(frame["error"].get("code"))
        act = self._pending.pop(frame.get("id", 0), None)
        if act is not None:
            self._around.ledger.sends_of(act.kind).refused[code] += 1
            self._around.on_answered(act.kind, 0.0, code)
        elif not self._answer.ready():
            self._answer.set_exception(NotConnected(code))
        else:
            self._around.ledger.notices[f"error {code}"] += 1

    def _take_private(self, frame: dict[str, Any], arrived_ns: int) -> None:
        if self.on_private is not None:
            for event in frame["events"]:
                self.on_private(event["kind"], event["data"], arrived_ns)

    def cut(self) -> None:
        """Lose the connection; `open` comes back to where it was."""
        self._is_away = True
        if self._socket is not None:
            self._socket.cut()
        self._give_up_acts()

    def freeze(self) -> None:
        """What has been read by now, all others in the room have to have in the end."""
        if self.reader is not None:
            self.reader.freeze()

    @property
    def is_behind(self) -> bool:
        """Whether it is here and something is still missing."""
        return self.reader is not None and not self._is_away and self.reader.is_behind

    def finish(self, *, stayed: bool) -> None:
        """Give the account of what was read; once. Who could not come back did not stay: that is refused, not lost."""
        if self.reader is not None:
            self.reader.finish(stayed=stayed and not self._is_away)
            self.reader = None

    def leave(self) -> None:
        """Say goodbye, and give the account unless it was given."""
        self.finish(stayed=False)
        if self._socket is not None:
            self._socket.close()


__all__ = ["Act", "LineError", "Surroundings", "Visit"]
