"""What time does with coupons and campaigns: locks run out, coupons expire, campaigns end.

Every node looks once a second and gives what is due to the ledger, where the second one finds nothing to do. Promise:
what is due happens also when the process that made it is gone; a look is bounded, the rest comes with the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.rules.campaign_state import Elapse
from liveroom.rooms.rules.grants import GrantState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Document, Documents
from liveroom.rooms.value.coupons.campaign_decider import CHANGE, Order
from liveroom.rooms.value.coupons.campaign_documents import KIND, scope_of
from liveroom.rooms.value.coupons.grant_decider import MOVE, Move
from liveroom.rooms.value.coupons.grant_rows import GrantRows

logger = logging.getLogger(__name__)

LOOK_S = 1.0
MOST = 500
"""Of each kind at one look."""
WHO = "clock"
KEY = "\nclock"
"""No key of a client has a line break, so none is like this one; nothing is kept under it."""


class CouponClock:
    """See the module."""

    def __init__(self, database: Database, documents: Documents, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._documents = documents
        self._ledger = ledger
        self._clock = clock
        self._rows = GrantRows(database.dialect)
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_running = False

    def start(self) -> None:
        """Begin to look."""
        self._is_running = True
        self._begin()

    async def stop(self) -> None:
        """End, with what is being written."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task

    async def look(self) -> None:
        """Carry out what is due."""
        now_ms = self._clock.now_ms()
        try:
            async with self._database.read() as connection:
                grants = await self._rows.due(connection, now_ms, MOST)
            due = await self._documents.due([KIND], now_ms, MOST)
            campaigns = [await self._documents.load(KIND, campaign) for _, campaign, _ in due]
        except RealtimeError as error:
            logger.warning("what is due of coupons could not be looked up: %s", error.message)
            return
        facts = [_lapse(grant, now_ms) for grant in grants]
        facts += [_elapse(document, now_ms) for document in campaigns if document is not None]
        await self._write(facts)

    async def _write(self, facts: Sequence[Fact]) -> None:
        outcomes = await asyncio.gather(*(self._ledger.write(fact) for fact in facts), return_exceptions=True)
        failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failed:
            logger.warning("%d of %d that are due were not written: %s", len(failed), len(facts), failed[0])

    async def _run(self) -> None:
        try:
            await self.look()
        except Exception:
            logger.exception("a look at what is due of coupons failed")
        if self._is_running:
            self._timer = self._clock.call_later(LOOK_S, self._begin)

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._run())


def _lapse(grant: GrantState, now_ms: int) -> Fact:
    context = Move(grant.id, None, WHO)
    return Fact(MOVE, grant.room, scope_of(grant.campaign), grant.id, KEY, b"{}", now_ms, context)


def _elapse(document: Document, now_ms: int) -> Fact:
    context = Order(Elapse(), WHO, "campaign.elapse")
    return Fact(CHANGE, document.room, scope_of(document.id), document.id, KEY, b"{}", now_ms, context)
