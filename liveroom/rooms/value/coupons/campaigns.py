"""Campaigns for the shop's server: create, look at, and what they came to.

Promise: a report is made from one moment of the database; creating the same campaign twice has no second effect.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import CampaignStatus
from liveroom.rooms.rules import campaign
from liveroom.rooms.rules.campaign_state import ENDED, CampaignState
from liveroom.rooms.rules.drops import DropTally
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Cause, Documents, Transition
from liveroom.rooms.storage.places import Places
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from liveroom.rooms.value.coupons.campaign_documents import (
    KIND,
    REDEEMED,
    CampaignReader,
    read_campaign,
    read_tallies,
    scope_of,
    write_campaign,
)

SEED_BYTES = 16
MOST_OPEN = 1_000
"""Campaigns of a room that have not ended; those that have are kept beside them."""


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """A campaign and what it has come to. `redeemed`: of all coupons ever granted."""

    state: CampaignState
    tallies: Mapping[str, DropTally]
    redeemed: int

    @property
    def issued(self) -> int:
        """Coupons granted, those that came back left out."""
        return sum(tally.held for tally in self.tallies.values())


class Campaigns:
    """See the module."""

    def __init__(self, database: Database, documents: Documents, clock: Clock) -> None:
        self._database = database
        self._documents = documents
        self._clock = clock
        self._reader = CampaignReader(database.dialect)
        self._of_room = RoomDocuments(database)

    async def create(self, draft: CampaignState, who: str) -> CampaignState:
        """Keep a new campaign as a draft; its seed is made here.

        Raises:
            Refusal: `invalid_field`; `wrong_state`, there is another one of this id; `overloaded`, too many are open.
        """
        now_ms = self._clock.now_ms()
        draft = replace(draft, seed=secrets.token_hex(SEED_BYTES), created_at_ms=now_ms)
        state = campaign.create(draft, now_ms)
        if await self._documents.create(
            write_campaign(state), Cause(who, "campaign.create"), places=_places(state.room)
        ):
            return state
        document = await self._documents.load(KIND, state.id)
        kept = None if document is None else read_campaign(document)
        if kept is None or replace(kept, seed=state.seed, created_at_ms=now_ms) != state:
            raise Refusal(ErrorCode.WRONG_STATE, "there is another campaign of this id", state="exists", field="id")
        return kept

    async def report(self, room: str, campaign_id: str) -> CampaignReport:
        """One campaign of a room.

        Raises:
            Refusal: `not_found`.
        """
        document = await self._documents.load(KIND, campaign_id)
        if document is None or document.room != room:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no campaign of this id here", field="campaign")
        return (await self._report([read_campaign(document)]))[0]

    async def list_room(
        self, room: str, after: Place | None, limit: int
    ) -> tuple[Sequence[CampaignReport], Place | None]:
        """Campaigns of a room, those changed last first, and where the next page begins."""
        found, end = await self._of_room.list_page(KIND, room, after, limit)
        return await self._report([read_campaign(document) for document in found]), end

    async def history(self, room: str, campaign_id: str, after_version: int, limit: int) -> Sequence[Transition]:
        """What was done with a campaign, in order, after a version.

        Raises:
            Refusal: `not_found`.
        """
        await self.report(room, campaign_id)
        return await self._documents.history(KIND, campaign_id, after_version, limit)

    async def _report(self, states: Sequence[CampaignState]) -> Sequence[CampaignReport]:
        scopes = [scope_of(state.id) for state in states]
        async with self._database.read() as connection:
            counts = await self._reader.count(connection, scopes)
        return [
            CampaignReport(state, read_tallies(state, counts[scope]), counts[scope].get(REDEEMED, 0))
            for state, scope in zip(states, scopes, strict=True)
        ]


def _places(room: str) -> Places:
    text = f"a room has at most {MOST_OPEN} campaigns that have not ended; end one"
    statuses = [status.value for status in CampaignStatus if status is not ENDED]
    return Places(KIND, room, statuses, MOST_OPEN, Refusal(ErrorCode.OVERLOADED, text, room=room), is_timed=False)
