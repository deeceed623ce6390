"""Opens a connection and finds out who is at the other end.

Promise: a link that is returned speaks to a server that can be used: signed in, of a version that knows sharded
channels, not loading, a primary where one is needed. What is wrong is said in a `ConnectionError`, without secrets.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

import hiredis

from liveroom.realtime.backplane.redis.call import ServerRun
from liveroom.realtime.backplane.redis.link import Hear, Link, Unsubscribed
from liveroom.realtime.backplane.redis.location import Address, Location
from liveroom.realtime.backplane.redis.scripts import SCRIPTS
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable

DIAL_S = 0.5
LEAST_VERSION = 7


class Dialler:
    """Opens connections to the servers of one location."""

    def __init__(self, location: Location, clock: Clock) -> None:
        self.location = location
        self._clock = clock
        self._tls: ssl.SSLContext | None = None

    async def dial(self, address: Address, hear: Hear | None = None, unsubscribed: Unsubscribed | None = None) -> Link:
        """A connection for questions, or with `hear` one that listens.

        Raises:
            OSError, TimeoutError: there is none; `ConnectionError` says why.
        """
        async with asyncio.timeout(DIAL_S):
            link = await self._connect(address, hear, unsubscribed)
            try:
                await self._sign_in(link, self.location.user, self.location.password)
                await self._introduce(link)
                if hear is None:
                    await _ask_all(link, [("SCRIPT", "LOAD", script.source) for script in SCRIPTS])
            except BaseException:
                link.abort("the server cannot be used")
                raise
            return link

    async def dial_sentinel(self, address: Address) -> Link:
        """A connection to a sentinel.

        Raises:
            OSError, TimeoutError: there is none.
        """
        async with asyncio.timeout(DIAL_S):
            link = await self._connect(address, None, None)
            try:
                await self._sign_in(link, None, self.location.sentinel_password)
            except BaseException:
                link.abort("the sentinel cannot be used")
                raise
            return link

    async def _connect(self, address: Address, hear: Hear | None, unsubscribed: Unsubscribed | None) -> Link:
        loop = asyncio.get_running_loop()

        def make() -> Link:
            return Link(self._clock, hear, unsubscribed)

        if address.port:
            self._tls = self._tls or self.location.tls()
            _, link = await loop.create_connection(make, address.host, address.port, ssl=self._tls)
        else:
            _, link = await loop.create_unix_connection(make, address.host)
        return link

    async def _sign_in(self, link: Link, user: str | None, password: str | None) -> None:
        if password is not None:
            await _ask_all(link, [("AUTH", user, password) if user else ("AUTH", password)])

    async def _introduce(self, link: Link) -> None:
        questions: list[tuple[str | int, ...]] = [("INFO", "server"), ("TIME",), ("ROLE",)]
        if self.location.db:
            questions.append(("SELECT", self.location.db))
        told, time, role, *_ = await _ask_all(link, questions)
        info = dict(line.partition(b":")[::2] for line in told.splitlines())
        version = info.get(b"redis_version", b"0").decode()
        if int(version.partition(".")[0]) < LEAST_VERSION:
            raise ConnectionError(f"the server has version {version}; Redis {LEAST_VERSION} or Valkey is needed")
        if role[0] != b"master":
            raise ConnectionError("the server is a replica, not the primary")
        ahead_s = int(time[0]) + int(time[1]) / 1_000_000 - self._clock.monotonic_s()
        link.server = ServerRun(info[b"run_id"].decode()[:16], ahead_s)


async def _ask_all(link: Link, questions: Sequence[tuple[str | int, ...]]) -> list[Any]:
    """Ask in one go.

    Raises:
        ConnectionError: the server refused one, or did not answer.
    """
    try:
        answers = await asyncio.gather(*(link.ask(*question) for question in questions))
    except BackplaneUnavailable:
        raise ConnectionError("the server does not answer") from None
    for answer in answers:
        if isinstance(answer, hiredis.ReplyError):
            raise ConnectionError(f"the server refuses: {answer}")
    return answers
