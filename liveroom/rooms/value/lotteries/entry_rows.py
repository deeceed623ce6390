"""The entries of a lottery as they were told to those who entered, read back for the draw and for its proof.

Promise: what is drawn from are the receipts themselves, so everybody can find their number and ticket in the list. Tens
of thousands are worked through in pieces, and others have their turn in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.messages.lottery import MOST_ENTRIES, Entry
from liveroom.rooms.rules.draw import Drawing, Urn
from liveroom.rooms.storage.tables import facts

ENTER = "lottery.enter"
PIECE = 1_000
"""Worked through in a few milliseconds."""

_PAGE = (
    select(facts.c.subject, facts.c.answer)
    .where(facts.c.kind == ENTER, facts.c.scope == bindparam("scope_is"), facts.c.subject > bindparam("after"))
    .order_by(facts.c.subject)
    .limit(PIECE)
)


class EntryRow(NamedTuple):
    """Who has entered, and their receipt."""

    user_id: str
    entry: Entry


def read_entry(answer: bytes | str) -> Entry:
    """The receipt of an entry, from the answer that was given to it."""
    told = orjson.loads(answer)["entry"]
    return Entry(number=told["number"], ticket=told["ticket"], name=told["name"])


async def read_entries(connection: AsyncConnection, scope: str) -> Sequence[EntryRow]:
    """All entries in the order of their numbers."""
    rows: list[EntryRow] = []
    after = ""
    while len(rows) < MOST_ENTRIES:
        page = (await connection.execute(_PAGE, {"scope_is": scope, "after": after})).all()
        rows += [EntryRow(user_id, read_entry(answer)) for user_id, answer in page]
        if len(page) < PIECE:
            break
        after = rows[-1].user_id
    return sorted(rows, key=lambda row: row.entry.number)


async def fill_urn(rows: Sequence[EntryRow]) -> Urn:
    """The tickets of all, in order."""
    urn = Urn()
    for at in range(0, len(rows), PIECE):
        urn.add([row.entry.ticket for row in rows[at : at + PIECE]])
        await asyncio.sleep(0)
    return urn


async def find_winners(lottery_id: str, seed: str, urn: Urn, places: int) -> Sequence[int]:
    """The numbers that win, the best first."""
    drawing = Drawing(lottery_id, seed, urn.entries_hash, places)
    for at in range(0, len(urn.tickets), PIECE):
        drawing.look(at + 1, urn.tickets[at : at + PIECE])
        await asyncio.sleep(0)
    return drawing.numbers()
