"""Campaigns as documents, and the counters beside them.

Promise: a campaign is one document of the kind `campaign`; one that this version cannot read is refused by name and
never overwritten. Counters of a campaign have its scope, so whoever rules on it holds them all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import DocumentUnreadable
from liveroom.rooms.rules.campaign_state import SHOWN, CampaignState
from liveroom.rooms.rules.drops import DropTally
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, Document, read_document
from liveroom.rooms.storage.portable import DialectName, among
from liveroom.rooms.storage.tables import counters, documents

KIND = "campaign"
REDEEMED = "redeemed"
GRANTED, RETURNED, SPENT = "granted", "returned", "spent"

Counts = Mapping[str, Mapping[str, int]]
"""Counters by scope, then name."""

_states: TypeAdapter[CampaignState] = TypeAdapter(CampaignState)


def scope_of(campaign: str) -> str:
    """What the facts and counters of a campaign have in common."""
    return f"{KIND}:{campaign}"


def campaign_of_scope(scope: str) -> str:
    """The campaign that a scope belongs to."""
    return scope.removeprefix(f"{KIND}:")


def write_campaign(state: CampaignState) -> Document:
    """As it is stored."""
    stored = _states.dump_python(state, mode="json")
    return Document(KIND, state.id, state.room, stored, state.version, 0, state.due_at_ms)


def read_campaign(document: Document) -> CampaignState:
    """A stored campaign.

    Raises:
        DocumentUnreadable: it was not written by this version.
    """
    try:
        return _states.validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(KIND, document.id) from None


def read_tallies(state: CampaignState, counted: Mapping[str, int]) -> dict[str, DropTally]:
    """What has become of each drop, from the counters of the campaign's scope."""
    return {
        drop.id: DropTally(*(counted.get(f"{drop.id}.{name}", 0) for name in (GRANTED, RETURNED, SPENT)))
        for drop in state.drops
    }


def count_changes(
    scope: str, before: Mapping[str, DropTally], after: Mapping[str, DropTally]
) -> dict[tuple[str, str], int]:
    """What to add to the counters of a scope."""
    changes: dict[tuple[str, str], int] = {}
    for drop_id, tally in after.items():
        was = before.get(drop_id, DropTally())
        for name, new, old in zip((GRANTED, RETURNED, SPENT), tally, was, strict=True):
            if new != old:
                changes[(scope, f"{drop_id}.{name}")] = new - old
    return changes


class CampaignReader:
    """Reads what belongs to campaigns in one statement for many.

    Args:
        dialect: of the database.
    """

    def __init__(self, dialect: DialectName) -> None:
        self._counts = select(counters).where(among(counters.c.scope, "scopes", dialect))

    async def count(self, connection: AsyncConnection, scopes: Collection[str]) -> Counts:
        """All counters of the scopes."""
        found: dict[str, dict[str, int]] = {scope: {} for scope in scopes}
        for scope, name, value in await connection.execute(self._counts, {"scopes": list(found)}):
            found[scope][name] = value
        return found

    async def list_shown(self, connection: AsyncConnection, room: str) -> Sequence[CampaignState]:
        """The campaigns that a room shows, by id."""
        rows = await connection.execute(_SHOWN, {"room_is": room})
        return [read_campaign(read_document(row)) for row in rows]


# By status in the database: those that have ended are never deleted, and grow with every show.
_of_room = (documents.c.room == bindparam("room_is")) & (documents.c.kind == KIND)
_status = documents.c.state["status"].as_string()
_SHOWN = (
    select(*DOCUMENT_COLUMNS).where(_of_room, _status.in_([status.value for status in SHOWN])).order_by(documents.c.id)
)
