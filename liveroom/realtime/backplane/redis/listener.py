"""Listens to the channels of one server.

Promise: a channel that was added is listened to until it is dropped, across any number of connections; each time it
was confirmed anew, and each time the server itself ended it, that is told, since something may have been missed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import hiredis

from liveroom.realtime.backplane.redis.call import ANSWER_S
from liveroom.realtime.backplane.redis.link import Link
from liveroom.realtime.backplane.redis.upkeep import Dial, Upkeep
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable

Told = Callable[[bytes], None]


class Listener:
    """See the module.

    Args:
        confirmed_again: a channel is heard again, after something may have been missed.
        sent_away: the server does not have this channel any more.
    """

    def __init__(self, name: str, dial: Dial, clock: Clock, *, confirmed_again: Told, sent_away: Told) -> None:
        self.upkeep = Upkeep(name, dial, self._opened, clock)
        self._confirmed_again = confirmed_again
        self._sent_away = sent_away
        self._wanted: set[bytes] = set()
        self._leaving: Counter[bytes] = Counter()

    def start(self) -> None:
        """Begin to dial."""
        self.upkeep.start()

    async def close(self) -> None:
        """Hear no more."""
        self._wanted.clear()
        await self.upkeep.close()

    async def add(self, channel: bytes) -> Any:
        """Listen to a channel; returns when the server has confirmed it.

        Returns:
            The answer of the server; `hiredis.ReplyError` when it refused.

        Raises:
            BackplaneUnavailable: it did not answer; the channel is not listened to.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                await self.upkeep.is_open.wait()
        except TimeoutError:
            raise BackplaneUnavailable from None
        link = self.upkeep.link
        if link is None:
            raise BackplaneUnavailable
        self._wanted.add(channel)
        try:
            answer = await link.ask("SSUBSCRIBE", channel)
        except BaseException:
            self.drop(channel)
            raise
        if isinstance(answer, hiredis.ReplyError):
            self._wanted.discard(channel)
        return answer

    def drop(self, channel: bytes) -> None:
        """Listen to a channel no more."""
        self._wanted.discard(channel)
        link = self.upkeep.link
        if link is not None:
            self._leaving[channel] += 1
            link.ask("SUNSUBSCRIBE", channel).add_done_callback(_pass_over)

    def unsubscribed(self, channel: bytes) -> bool:
        """See `link.Unsubscribed`: tells a slot that was moved from our own wish."""
        if self._leaving[channel]:
            self._leaving[channel] -= 1
            if not self._leaving[channel]:
                del self._leaving[channel]
            return False
        if channel in self._wanted:
            self._sent_away(channel)
        return True

    def _opened(self, link: Link) -> None:
        self._leaving.clear()
        for channel in self._wanted:
            link.ask("SSUBSCRIBE", channel).add_done_callback(partial(self._confirmed, link, channel))

    def _confirmed(self, link: Link, channel: bytes, answer: asyncio.Future[Any]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            link.abort("a subscription was not confirmed")
        elif channel not in self._wanted:
            return
        elif isinstance(answer.result(), hiredis.ReplyError):
            self._sent_away(channel)
        else:
            self._confirmed_again(channel)


def _pass_over(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()
