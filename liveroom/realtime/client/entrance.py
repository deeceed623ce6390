"""Into rooms, back into them, and out of them.

Promise: for each room at most one `room.join` is under way; a hole is repaired from our position, a position the
server cannot use is replaced by a snapshot; a refusal that may pass is tried again later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from liveroom.realtime.client.commands import Heard
from liveroom.realtime.client.errors import ClientError, CommandRefused, ConnectionCut
from liveroom.realtime.client.link import Frame
from liveroom.realtime.client.room import Room
from liveroom.realtime.client.surroundings import Surroundings

REJOIN_LEAST_MS = 1_000.0

log = logging.getLogger("liveroom.client")


class Ask(Protocol):
    """`Session.ask`."""

    def __call__(
        self, type_: str, room: str | None, data: Mapping[str, Any], heard: Heard | None = None
    ) -> asyncio.Future[Frame]:
        """Send a command of the connection itself; gives its `ack` frame."""


class Entrance:
    """Joins and leaves for the rooms of one client; `ask` raises ConnectionCut while there is no connection."""

    def __init__(self, rooms: dict[str, Room], ask: Ask, surroundings: Surroundings) -> None:
        self._rooms = rooms
        self._ask = ask
        self._surroundings = surroundings

    def enter(self, room: Room) -> None:
        """Send room.join with our position; also repairs a hole. Without a connection, `connect` does it."""
        if room.joining or self._rooms.get(room.name) is not room:
            return
        try:
            # The events after the answer fit only once it is taken, so it is taken before the next frame is read.
            answer = self._ask("room.join", room.name, room.position, heard=lambda joined: self._take(room, joined))
        except ConnectionCut:
            return
        except ClientError as refused:
            self._take(room, {"error": refused.as_object()})
            return
        room.joining = True
        answer.add_done_callback(lambda done: self._joined(room, done))

    def leave(self, name: str) -> None:
        """Tell the server that we left; a cut does so as well."""
        try:
            answer = self._ask("room.leave", name, {})
        except ClientError as refused:
            log.debug("room.leave was not sent: %s", refused.code)
        else:
            answer.add_done_callback(_error_of)

    def take_answers(self, answers: Mapping[str, Any], asked: Iterable[str]) -> None:
        """`connected` came with `answers` for the rooms that were `asked` for; some may have changed since."""
        for name in asked:
            if name not in self._rooms:
                self.leave(name)
        for name, room in list(self._rooms.items()):
            room.joining = False
            if name in answers:
                self._take(room, answers[name])
            else:
                self.enter(room)

    def show_out(self, name: str, error: Mapping[str, Any]) -> None:
        """The server keeps us out of a room; the connection goes on."""
        room = self._rooms.pop(name, None)
        if room is not None:
            room.end(CommandRefused(error))

    def _take(self, room: Room, answer: Mapping[str, Any]) -> None:
        room.joining = False
        if self._rooms.get(room.name) is not room:
            return
        error = answer.get("error")
        if error is None:
            if not room.enter(answer):
                self.enter(room)
        elif error.get("retryable"):
            wait_ms = (error.get("retry_after_ms") or REJOIN_LEAST_MS) + self._surroundings.random() * REJOIN_LEAST_MS
            self._surroundings.clock.call_later(wait_ms / 1000, lambda: self.enter(room))
        else:
            self.show_out(room.name, error)

    def _joined(self, room: Room, answer: asyncio.Future[Frame]) -> None:
        error = _error_of(answer)
        if isinstance(error, ConnectionCut):
            room.joining = False  # `connect` enters it
        elif error is not None:
            self._take(room, {"error": error.as_object()})


def _error_of(answer: asyncio.Future[Frame]) -> ClientError | None:
    """What went wrong with a request that is done; looking at it is what keeps asyncio from complaining."""
    error = None if answer.cancelled() else answer.exception()
    return error if isinstance(error, ClientError) else None
