"""Granted coupons for the shop's server and for their owners: look at them, lock, redeem, give back, take away.

Promise: a move goes through the ledger, so it is kept when it is answered; its owner is told after that.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_event
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.messages.coupon import Grant, GrantRecord, GrantUpdated
from liveroom.rooms.rules import grants
from liveroom.rooms.rules.grants import GrantState, campaign_of
from liveroom.rooms.storage.database import Database
from liveroom.rooms.value.coupons.campaign_documents import scope_of
from liveroom.rooms.value.coupons.grant_decider import MOVE, Move, record
from liveroom.rooms.value.coupons.grant_rows import GrantRows

logger = logging.getLogger(__name__)

UPDATED = "coupon.grant_updated"


class GrantDesk:
    """See the module."""

    def __init__(self, database: Database, ledger: Ledger, backplane: Backplane, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._backplane = backplane
        self._clock = clock
        self._rows = GrantRows(database.dialect)

    async def find(self, grant_id: str) -> GrantState:
        """One coupon, as it is now.

        Raises:
            Refusal: `not_found`.
        """
        async with self._database.read() as connection:
            found = await self._rows.load(connection, [grant_id])
        if grant_id not in found:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no coupon of this id", field="grant")
        return grants.settle(found[grant_id], self._clock.now_ms())

    async def list_campaign(self, campaign: str, after: str, limit: int) -> Sequence[GrantState]:
        """Those of a campaign in the order of their ids, after the id given."""
        async with self._database.read() as connection:
            found = await self._rows.list_campaign(connection, campaign, after, limit)
        return self._settle(found)

    async def list_user(self, user_id: str, room: str | None, after: str, limit: int) -> Sequence[GrantState]:
        """Those of a user, in one room or in all, in the order of their ids, after the id given."""
        async with self._database.read() as connection:
            found = await self._rows.list_user(connection, user_id, room, after, limit)
        return self._settle(found)

    async def move(self, grant_id: str, command: grants.Command, key: str | None, who: str) -> tuple[GrantRecord, bool]:
        """Carry out a command of the shop.

        Args:
            key: makes a repeat get the first answer; without one the command is looked at anew.
            who: id of the caller.

        Returns:
            The coupon afterwards, and whether this was a repeat of the key.

        Raises:
            Refusal: `not_found`, `wrong_state`, `key_conflict`.
            RealtimeError: `overloaded`, `unavailable`; it can be sent again.
        """
        before = await self.find(grant_id)
        wanted = {"action": grants.NAMES[type(command)]} | {
            name: getattr(command, name) for name in ("order", "seconds") if hasattr(command, name)
        }
        fact = Fact(
            MOVE,
            before.room,
            scope_of(campaign_of(grant_id)),
            grant_id,
            key or f"once-{secrets.token_hex(12)}",
            orjson.dumps(wanted),
            self._clock.now_ms(),
            Move(grant_id, command, who),
        )
        answer = await self._ledger.write(fact)
        after = GrantRecord.model_validate_json(answer.data)
        if not answer.duplicate and after != record(before):
            await self._tell(before, after)
        return after, answer.duplicate

    async def _tell(self, before: GrantState, after: GrantRecord) -> None:
        """Its owner hears of it when they are here; a push that is lost costs a look at their list."""
        grant = Grant(**after.model_dump(include=set(Grant.model_fields)))
        event = encode_event(UPDATED, self._clock.now_ms(), GrantUpdated(grant=grant))
        try:
            await self._backplane.send_private(before.room, Target(user_id=before.user_id), event)
        except RealtimeError as error:
            logger.warning("the owner of a coupon was not told: %s", error.message)

    def _settle(self, found: Sequence[GrantState]) -> Sequence[GrantState]:
        now_ms = self._clock.now_ms()
        return [grants.settle(grant, now_ms) for grant in found]
