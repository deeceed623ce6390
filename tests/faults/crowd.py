"""What honest viewers experience while others misbehave: the time from a comment to its echo, as they see it.

Promise: measured before and during the trouble in one run, by the same sockets, so that a slow machine slows both.
"""

from __future__ import annotations

import statistics
import time
from typing import Any, Self

from tests.support.raw_socket import connect
from tests.support.server import Server

SPEAKERS = 10
WINDOWS = 5
PER_WINDOW = 30
BREATH = 50


class Crowd:
    """A host with several devices, each within its own limit, who speaks, and a viewer who hears."""

    def __init__(self, server: Server, room: str) -> None:
        self._room = room
        token = server.token("host", role="host", rooms=[room])
        self._speakers = [connect(server.port, token, [room]) for _ in range(SPEAKERS)]
        self._viewer = connect(server.port, server.token("listener"), [room])
        self._spoken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for raw in (*self._speakers, self._viewer):
            raw.socket.close()

    def speak(self, text: str = "") -> float:
        """Say one thing; seconds until the viewer has it. What the speaker is sent is read, so that it never lags."""
        self._spoken += 1
        text = f"line {self._spoken} {text}".strip()
        speaker = self._speakers[self._spoken % SPEAKERS]
        started = time.perf_counter()
        speaker.say(id=self._spoken + 1, type="comment.send", room=self._room, data={"text": text})
        while text not in self._heard():
            pass
        passed_s = time.perf_counter() - started
        speaker.hear("ack")
        return passed_s

    def speak_much(self, text: str) -> None:
        """Say many things in one breath; done when the viewer has heard the last."""
        self._spoken += 1
        speaker = self._speakers[self._spoken % SPEAKERS]
        first = self._spoken
        self._spoken += BREATH
        for number in range(first, self._spoken):
            said = {"text": f"line {number} {text}"}
            speaker.say(id=number + 1, type="comment.send", room=self._room, data=said)
        for _ in range(BREATH):
            speaker.hear("ack")
        while f"line {self._spoken - 1} {text}" not in self._heard():
            pass

    def p99_ms(self) -> float:
        """The least p99 of some windows: what an attack does it does in each, a hiccup of the machine in some."""
        windows = [statistics.quantiles([self.speak() for _ in range(PER_WINDOW)], n=100)[98] for _ in range(WINDOWS)]
        return min(windows) * 1000

    def _heard(self) -> set[str]:
        events: list[dict[str, Any]] = self._viewer.hear("events")["events"]
        return {event["data"].get("text", "") for event in events}
