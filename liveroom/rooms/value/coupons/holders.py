"""Who has had coupons of campaigns in which nothing can be granted now, so that all others are answered from memory.

A tap may be the repeat of one that was granted, and must get its first answer then; so only a viewer who has had
nothing is answered without the ledger. Promise: a viewer whom `has_none` says to have nothing had nothing when the
campaign became what it is, and could get nothing since. Bounded: `CAMPAIGNS` campaigns, the ones last asked for, with
at most `MOST` coupons each; of a larger one everybody is sent to the ledger.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.value.coupons.grant_rows import GrantRows

logger = logging.getLogger(__name__)

CAMPAIGNS = 128
MOST = 200_000
PAGE = 5_000
AGAIN_S = 1.0
"""After a read that failed."""

ByDrop = Mapping[str, frozenset[str]]
Version = tuple[str, int]
"""A campaign and the version of its document."""


class Holders:
    """See the module."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rows = GrantRows(database.dialect)
        self._known: OrderedDict[Version, ByDrop | None] = OrderedDict()
        self._tasks: dict[Version, asyncio.Task[None]] = {}
        self._not_before_s = 0.0

    def has_none(self, campaign: str, version: int, drop: str | None, user_id: str) -> bool:
        """Whether it is certain that a viewer has had no coupon of a drop, or with None of the whole campaign.

        What is not known yet begins to be read, and is not certain meanwhile.

        Args:
            version: of a campaign in which that drop, or with None any drop, has granted nothing since this version.
        """
        asked = (campaign, version)
        if asked not in self._known:
            self._begin(asked)
            return False
        self._known.move_to_end(asked)
        by_drop = self._known[asked]
        if by_drop is None:
            return False
        if drop is not None:
            return user_id not in by_drop.get(drop, ())
        return all(user_id not in users for users in by_drop.values())

    async def settle(self) -> None:
        """Wait until what was asked for is read."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Read no more."""
        await let_end(self._tasks.values())

    def _begin(self, asked: Version) -> None:
        if asked in self._tasks or len(self._tasks) >= CAMPAIGNS or self._clock.monotonic_s() < self._not_before_s:
            return
        task = asyncio.ensure_future(self._read(asked))
        self._tasks[asked] = task
        task.add_done_callback(lambda _: self._tasks.pop(asked, None))

    async def _read(self, asked: Version) -> None:
        campaign, _ = asked
        found: dict[str, set[str]] = {}
        after, count = "", 0
        try:
            while count < MOST:
                async with self._database.read() as connection:
                    page = await self._rows.holders(connection, campaign, after, PAGE)
                for _, drop, user_id in page:
                    found.setdefault(drop, set()).add(user_id)
                count += len(page)
                if len(page) < PAGE:
                    break
                after = page[-1][0]
        except RealtimeError as error:
            logger.warning("the holders of campaign %s were not read: %s", campaign, error.message)
            self._not_before_s = self._clock.monotonic_s() + AGAIN_S
            return
        for version in [known for known in self._known if known[0] == campaign]:
            del self._known[version]
        is_whole = count < MOST
        self._known[asked] = {drop: frozenset(users) for drop, users in found.items()} if is_whole else None
        while len(self._known) > CAMPAIGNS:
            self._known.popitem(last=False)
