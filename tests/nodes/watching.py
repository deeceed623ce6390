"""Somebody in a room of a node: says things, and waits for what the node says; nothing that was said is passed over."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.raw_socket import TEXT, ConnectedSocket
from tests.support.server import Server

PATIENCE_S = 60.0
"""For a machine that has other things to do; what else would come is out of the way (`conftest.ALONE`)."""

_numbers = itertools.count(1)


class Person(ConnectedSocket):
    """A socket that keeps what it was not asked for yet."""

    def __init__(self, server: Server, user_id: str, room: str, role: str = "viewer", **traits: Any) -> None:
        super().__init__(server.port)
        self.room = room
        self._kept: list[dict[str, Any]] = []
        self._ids = 1
        rooms = [room] if role == "host" else None
        self.token = server.token(user_id, name=user_id, role=role, rooms=rooms, traits=traits or None)
        assert self.upgrade().status == 101

    def enter(self, position: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Connect and enter the room; gives what the node tells of it."""
        self.say(id=1, type="connect", token=self.token, rooms={self.room: dict(position or {})})
        connected = self.hear("connected")
        self.node = str(connected["node"])
        entered: dict[str, Any] = connected["rooms"][self.room]
        if is_for_later(entered):
            entered = dict(self.succeed("room.join", **(position or {}))["data"])
        return entered

    def hear(self, type_: str) -> dict[str, Any]:
        """The next message of this type; others are kept."""
        return self.hear_any(lambda message: message["type"] == type_)

    def hear_any(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that fulfils the condition; others are kept."""
        for message in self._kept:
            if holds(message):
                self._kept.remove(message)
                return message
        while True:
            frame = self.read_frame()
            assert frame.opcode == TEXT, frame
            message = json.loads(frame.payload)
            if holds(message):
                return message
            self._kept.append(message)

    def do(self, type_: str, key: str | None = None, **data: Any) -> dict[str, Any]:
        """Send a command; gives its ack or its error."""
        self._ids += 1
        id_ = self._ids
        keyed = {} if key is None else {"key": key}
        self.say(id=id_, type=type_, room=self.room, data=data, **keyed)
        return self.hear_answer(id_)

    def hear_answer(self, id_: int) -> dict[str, Any]:
        """What was answered to a command."""
        return self.hear_any(lambda message: message["type"] in ("ack", "error") and message.get("id") == id_)

    def succeed(self, type_: str, key: str | None = None, **data: Any) -> dict[str, Any]:
        """Send a command that has to take effect, again while it is refused for now; gives the ack.

        A Valkey that has no processor for half a second is away by then, as it should be.
        """
        until_s = time.monotonic() + PATIENCE_S
        while is_for_later(answer := self.do(type_, key, **data)):
            assert time.monotonic() < until_s, answer
            time.sleep(answer["error"].get("retry_after_ms", 0) / 1000)
        assert answer["type"] == "ack", answer
        return answer

    def comment(self, text: str, key: str | None = None) -> dict[str, Any]:
        """Say something, which has to be accepted; gives the ack."""
        return self.succeed("comment.send", key or f"said-{next(_numbers)}", text=text)

    def like(self, count: int) -> None:
        """Like, which has to count."""
        self.succeed("like.send", f"liked-{next(_numbers)}", count=count)

    def hear_event(self, holds: Callable[[dict[str, Any]], bool]) -> int:
        """The number of the next event that fulfils the condition; those before it are passed over."""
        while True:
            frame = self.hear("events")
            first = frame["seq"] - len(frame["events"]) + 1
            for index, event in enumerate(frame["events"]):
                if holds(event):
                    rest = frame["events"][index + 1 :]
                    if rest:
                        self._kept.insert(0, {**frame, "events": rest})
                    return int(first + index)

    def hear_text(self, text: str) -> int:
        """The number of the comment that says this."""
        return self.hear_event(lambda event: event["data"].get("text") == text)

    def hear_value(self, kind: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for a total of this kind that fulfils the condition."""
        self.hear_any(lambda message: message["type"] == "latest" and holds(message["values"].get(kind) or {}))

    def hear_private(self, kind: str) -> dict[str, Any]:
        """The next private event of this kind."""

        def find(message: dict[str, Any]) -> bool:
            return message["type"] == "private" and any(event["kind"] == kind for event in message["events"])

        return next(dict(event["data"]) for event in self.hear_any(find)["events"] if event["kind"] == kind)


def is_for_later(answer: Mapping[str, Any]) -> bool:
    """Whether an answer, or what `connected` says of a room, is a refusal for now."""
    return answer.get("error", {}).get("code") in ("unavailable", "overloaded")


def enter(server: Server, user_id: str, room: str, role: str = "viewer", **traits: Any) -> Person:
    """Somebody who is in the room."""
    person = Person(server, user_id, room, role, **traits)
    person.connected = person.enter()
    return person
