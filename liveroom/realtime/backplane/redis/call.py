"""One question to the server and the answer that is waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import hiredis

from liveroom.realtime.backplane.redis.scripts import Script

Part = str | bytes | int | float

ANSWER_S = 0.4
"""Longest wait for an answer; the contract of the backplane has 0.5 s."""
MARGIN_S = 0.1
"""A script refuses so long before the wait ends: what it does, it can still answer."""


@dataclass(frozen=True, slots=True)
class ServerRun:
    """What is known of the server behind a connection.

    Args:
        run: differs after every restart of the server, and on every other server.
        ahead_s: of the server's clock (epoch seconds) before our monotonic one.
    """

    run: str = ""
    ahead_s: float = 0.0


@dataclass(slots=True)
class Call:
    """A command, or a script with its keys.

    Args:
        parts: the command; of a script its arguments after run and deadline.
        until_s: monotonic seconds until which somebody waits.
    """

    parts: tuple[Part, ...]
    until_s: float
    answer: asyncio.Future[Any]
    script: Script | None = None
    keys: tuple[str, ...] = ()
    with_source: bool = False

    def pack(self, server: ServerRun) -> bytes:
        """The bytes for this very server."""
        if self.script is None:
            return _pack(self.parts)
        deadline_ms = int((self.until_s - MARGIN_S + server.ahead_s) * 1000)
        name = ("EVAL", self.script.source) if self.with_source else ("EVALSHA", self.script.sha)
        return _pack((*name, len(self.keys), *self.keys, server.run, deadline_ms, *self.parts))

    def fail(self, error: Exception) -> None:
        """End the wait without an answer; nothing when it has ended."""
        if not self.answer.done():
            self.answer.set_exception(error)


def _pack(parts: tuple[Part, ...]) -> bytes:
    # The stub of hiredis types the argument as a tuple of one.
    return cast(bytes, hiredis.pack_command(cast(Any, parts)))
