"""Asks sentinels where the primary is."""

from __future__ import annotations

import asyncio

from liveroom.realtime.backplane.redis.dial import Dialler
from liveroom.realtime.backplane.redis.location import Address
from liveroom.realtime.errors import BackplaneUnavailable

ASK_S = 0.3
"""For one sentinel; the next one is asked then."""


class Sentinels:
    """The one that answered last is asked first."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._addresses = list(dialler.location.addresses)

    async def find_primary(self) -> Address:
        """Where the primary is.

        Raises:
            ConnectionError: no sentinel answers, or none knows of it.
        """
        reason = "no sentinel answers"
        for address in list(self._addresses):
            try:
                async with asyncio.timeout(ASK_S):
                    found = await self._ask(address)
            except (OSError, TimeoutError, BackplaneUnavailable):
                continue
            if found is not None:
                self._addresses.remove(address)
                self._addresses.insert(0, address)
                return found
            reason = "the sentinels know no primary of this name"
        raise ConnectionError(reason)

    async def _ask(self, address: Address) -> Address | None:
        link = await self._dialler.dial_sentinel(address)
        try:
            answer = await link.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._dialler.location.service)
        finally:
            link.abort("answered")
        return Address(answer[0].decode(), int(answer[1])) if isinstance(answer, list) else None
