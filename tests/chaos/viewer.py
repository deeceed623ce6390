"""A viewer as the protocol wants it: resumes where it was, goes where it is told, and writes down all it hears."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.chaos.history import Began, Entry, Heard, Resumed
from tests.chaos.line import Line

BASE_S = 0.5
LONGEST_S = 20.0
AGAIN_S = 0.2
OPEN_S = 5.0
RECENT = 500


class Viewer:
    """See the module; one that speaks sends its comments again until they are answered.

    Args:
        room: where it is.
        token: who it is.
        pick: gives the port of a node; asked for every connection, as a balancer would be.
        chance: for the pauses between tries.
    """

    def __init__(self, room: str, token: str, pick: Callable[[], int], chance: random.Random) -> None:
        self._room = room
        self._token = token
        self._pick = pick
        self._chance = chance
        self._tries = 0
        self._ids = itertools.count(2)
        self._pending: dict[int, dict[str, Any]] = {}
        self._line: Line | None = None
        self._next: Line | None = None
        self._position: tuple[str, int] | None = None
        self._unheard: set[str] = set()
        self._known = 0
        self._is_leaving = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.history: list[Entry] = []
        self.acks: dict[str, dict[str, Any]] = {}
        self.refusals: list[tuple[float, str]] = []
        self.snapshot: dict[str, Any] = {}
        self.sent_away = 0
        self.longest_s = LONGEST_S
        self._shown = 0
        """The position of the newest snapshot; what it stands for is not told as an event any more."""
        self.joins = 0
        self.is_in = asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether a command has no answer yet, or a comment of its own that was acknowledged was not heard yet."""
        return bool(self._pending or self._unheard)

    @property
    def waits_for(self) -> str:
        """The same in words."""
        return f"answers to {list(self._pending.values())[:3]}, events of {sorted(self._unheard)[:3]}"

    @property
    def position(self) -> tuple[str, int] | None:
        """What it has heard up to."""
        return self._position

    def come(self, after_s: float = 0.0) -> None:
        """Connect; a connection that is there is kept until the new one is in."""
        task = asyncio.ensure_future(self._dial(after_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self) -> None:
        """Go for good."""
        self._is_leaving = True
        for task in self._tasks:
            task.cancel()
        for line in (self._line, self._next):
            if line is not None:
                line.cut()

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self._line is not None:
            self._line.cut()

    def comment(self, text: str) -> None:
        """Say something that nobody says twice."""
        self.send("comment.send", text, {"text": text})

    def send(self, type_: str, key: str, data: dict[str, Any]) -> None:
        """Give a command, once, however often it has to be sent; its answer is kept under the key."""
        number = next(self._ids)
        self._pending[number] = {"id": number, "type": type_, "room": self._room, "key": key, "data": data}
        if self._line is not None and self.is_in.is_set():
            self._line.say(self._pending[number])

    def opened(self, line: Line) -> None:
        """See `Owner`."""
        place = {} if self._position is None else {"epoch": self._position[0], "seq": self._position[1]}
        line.say({"id": 1, "type": "connect", "token": self._token, "rooms": {self._room: place}})

    def heard(self, line: Line, message: dict[str, Any]) -> None:
        """See `Owner`."""
        kind = message["type"]
        if kind == "connected":
            self._enter(line, message["rooms"][self._room])
        elif line is self._line and kind in _HEARD:
            _HEARD[kind](self, message)

    def gone(self, line: Line, retry_after_s: float) -> None:
        """See `Owner`."""
        if line not in (self._line, self._next):
            return  # another one took over
        if line is self._line:
            self._line = None
            self.is_in.clear()
        else:
            self._next = None
        self.sent_away += retry_after_s > 0
        if self._line is None and not self._is_leaving:
            self._come_again(retry_after_s)

    def _come_again(self, at_least_s: float) -> None:
        pause_s = self._chance.uniform(0, min(self.longest_s, BASE_S * 2**self._tries))
        self._tries += 1
        self.come(max(pause_s, at_least_s))

    async def _dial(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        port = self._pick()
        line = self._next = Line(self, port)
        try:
            async with asyncio.timeout(OPEN_S):
                await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
        except (OSError, TimeoutError):
            if self._next is line:
                self.gone(line, 0.0)

    def _enter(self, line: Line, joined: dict[str, Any]) -> None:
        if "error" in joined:
            self.refusals.append((asyncio.get_running_loop().time(), joined["error"]["code"]))
            line.cut()
            return
        before, self._line, self._next = self._line, line, None
        if before is not None and before is not line:
            before.cut()
        self._tries = 0
        self._join(joined)
        self.is_in.set()
        for command in self._pending.values():
            line.say(command)

    def _join(self, joined: dict[str, Any]) -> None:
        self.joins += 1
        epoch, seq = joined["epoch"], joined["seq"]
        if not joined["recovered"]:
            self.snapshot = joined["snapshot"]
            self.history.append(Began(epoch, seq))
            self._position, self._known, self._shown = (epoch, seq), 0, seq
            self._unheard.clear()  # the snapshot may stand for what it has said
            return
        # While the new connection was on its way in, the old one has told some of it, or more.
        assert self._position is not None
        known = self._position[1]
        missed = joined["events"][max(0, known - (seq - len(joined["events"]))) :]
        self.history.append(Resumed(epoch, max(seq, known), len(missed)))
        self._known = 0
        self._hear(epoch, seq, missed)
        self._position = (epoch, max(seq, known))
        self._known = known if known > seq else 0

    def _events(self, message: dict[str, Any]) -> None:
        if self._position is not None:
            epoch = self._position[0]
            self._hear(epoch, message["seq"], message["events"])
            self._position = (epoch, max(message["seq"], self._known))

    def _hear(self, epoch: str, last: int, events: list[dict[str, Any]]) -> None:
        for seq, event in enumerate(events, last - len(events) + 1):
            if seq <= self._known:
                continue
            text = event["data"].get("text", "")
            self.history.append(Heard(epoch, seq, text))
            self._unheard.discard(text)

    def _resync(self, _: dict[str, Any]) -> None:
        """What comes until the answer belongs to nothing it knows."""
        self._position = None
        if self._line is not None:
            self._line.say({"id": 1, "type": "room.join", "room": self._room, "data": {}})

    def _ack(self, message: dict[str, Any]) -> None:
        if message["id"] == 1:
            self._join(message["data"])
            return
        command = self._pending.pop(message["id"], None)
        if command is None:
            return
        self.acks[command["key"]] = message.get("data") or {}
        is_shown = 0 < message.get("seq", 0) <= self._shown
        if command["type"] == "comment.send" and not is_shown and not self._has_heard(command["key"]):
            self._unheard.add(command["key"])

    def _has_heard(self, text: str) -> bool:
        """Looked for among the newest; an event may come before its ack."""
        return any(isinstance(entry, Heard) and entry.text == text for entry in self.history[-RECENT:])

    def _error(self, message: dict[str, Any]) -> None:
        now_s = asyncio.get_running_loop().time()
        self.refusals.append((now_s, message["error"]["code"]))
        if not message["error"]["retryable"]:
            self._pending.pop(message.get("id", 0), None)
        wait_s = max(AGAIN_S, message["error"].get("retry_after_ms", 0) / 1000)
        asyncio.get_running_loop().call_later(wait_s, self._say_again, message.get("id", 0))

    def _say_again(self, number: int) -> None:
        if self._line is None:
            return
        if number == 1:
            self._resync({})
        elif number in self._pending:
            self._line.say(self._pending[number])

    def _ping(self, message: dict[str, Any]) -> None:
        if self._line is not None:
            self._line.say({"type": "pong", "t": message["t"]})

    def _reconnect(self, message: dict[str, Any]) -> None:
        self.come(message["after_ms"] / 1000)


_HEARD: dict[str, Callable[[Viewer, dict[str, Any]], None]] = {
    "events": Viewer._events,
    "resync": Viewer._resync,
    "ack": Viewer._ack,
    "error": Viewer._error,
    "ping": Viewer._ping,
    "reconnect": Viewer._reconnect,
}


async def all_in(viewers: list[Viewer], within_s: float) -> float:
    """Wait until all are in the room; gives the seconds it took."""
    started_s = asyncio.get_running_loop().time()
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            for viewer in viewers:
                await viewer.is_in.wait()
    missing = sum(not viewer.is_in.is_set() for viewer in viewers)
    assert not missing, f"{missing} of {len(viewers)} are not in the room after {within_s} s"
    return asyncio.get_running_loop().time() - started_s


async def all_together(viewers: list[Viewer], within_s: float) -> None:
    """Wait until everything that was said is answered and heard, by all up to the same position."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    while any(viewer.is_waiting for viewer in viewers) or len({viewer.position for viewer in viewers}) > 1:
        waiting = [each.waits_for for each in viewers if each.is_waiting]
        positions = sorted({str(viewer.position) for viewer in viewers})
        assert loop.time() < until_s, f"positions: {positions}, waiting for {waiting[:5]}"
        await asyncio.sleep(0.02)
