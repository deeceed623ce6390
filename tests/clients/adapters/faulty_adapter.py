"""The Python client with one planted fault, which the suite must find. Usage: faulty_adapter.py FAULT."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

from liveroom.realtime.client import backoff, commands, line, pulse, room, session
from tests.clients.adapters import python_adapter


def forgets_position() -> None:
    """Connects again as if for the first time."""
    mock.patch.object(room.Room, "position", {}).start()


def ignores_holes() -> None:
    """Applies what comes, whatever is missing."""
    receive = room.Room.receive

    def careless(self: room.Room, last_seq: int, events: Sequence[Mapping[str, Any]]) -> bool:
        first = last_seq - len(events) + 1
        if self.seq is not None and first > self.seq + 1:
            self.seq = first - 1
        return receive(self, last_seq, events)

    mock.patch.object(room.Room, "receive", careless).start()


def applies_twice() -> None:
    """Applies every frame, known or not."""
    receive = room.Room.receive

    def careless(self: room.Room, last_seq: int, events: Sequence[Mapping[str, Any]]) -> bool:
        self.seq = last_seq - len(events)
        return receive(self, last_seq, events)

    mock.patch.object(room.Room, "receive", careless).start()


def always_returns() -> None:
    """Reconnects after every close code."""
    mock.patch.object(line, "may_reconnect", return_value=True).start()


def returns_at_once() -> None:
    """Knows no backoff."""
    mock.patch.object(backoff.Backoff, "next_ms", return_value=0.0).start()


def makes_new_keys() -> None:
    """Sends a command again as if it were another one."""
    flush, numbers = commands.Commands.flush, itertools.count()

    def careless(self: commands.Commands, link: Any) -> None:
        for command in self._pending.values():
            if command.link is None and "key" in command.body:
                command.body = {**command.body, "key": f"k{next(numbers)}"}
        flush(self, link)

    mock.patch.object(commands.Commands, "flush", careless).start()


def answers_no_ping() -> None:
    """Takes pings for unknown frames."""
    mock.patch.dict(session._HEARD, {"ping": lambda _session, _frame, _link: None}).start()


def breaks_before_make() -> None:
    """Drops the old connection first."""
    move = line.Line.move

    def careless(self: line.Line, after_ms: float, url: str | None) -> None:
        if self.link is not None:
            self.link.drop()
        move(self, after_ms, url)

    mock.patch.object(line.Line, "move", careless).start()


def never_asks() -> None:
    """Waits for the heartbeat, whatever is owed."""
    mock.patch.object(pulse.Pulse, "expect").start()


def asks_always() -> None:
    """Takes a late answer for a dead line, whatever else comes."""
    heard = pulse.Pulse.heard

    def careless(self: pulse.Pulse) -> None:
        if self._patience is None:
            heard(self)

    mock.patch.object(pulse.Pulse, "heard", careless).start()


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        forgets_position,
        ignores_holes,
        applies_twice,
        always_returns,
        returns_at_once,
        makes_new_keys,
        answers_no_ping,
        breaks_before_make,
        never_asks,
        asks_always,
    )
}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    asyncio.run(python_adapter.main())
