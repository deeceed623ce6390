"""Claims: rows that a document holds for as long as its state says so, so that no other document can hold the same.

A battle claims each of its rooms: of two battles that want the same room at the same moment, one is refused, whichever
processes they are in. A claim is a document of its own kind and id, so it is also the way from a room to its battle.
Promise: claims change in the transaction of the state they follow from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.portable import DialectName, among_pairs, dialect_of, insert_into, pairs_parameter
from liveroom.rooms.storage.tables import documents

OWNER = "of"


class Claim(NamedTuple):
    """What is claimed. `room`: that it is listed under."""

    kind: str
    id: str
    room: str


NO_CLAIMS: frozenset[Claim] = frozenset()


class Claimed(Refusal):
    """Another document has what this one wants.

    Args:
        owner: id of the other.
    """

    def __init__(self, claim: Claim, owner: str) -> None:
        text = f"{claim.room} is taken already; wait until it is free"
        super().__init__(ErrorCode.WRONG_STATE, text, state="taken", reason="busy", room=claim.room)
        self.claim = claim
        self.owner = owner


async def follow_claims(
    connection: AsyncConnection, owner: str, before: frozenset[Claim], after: frozenset[Claim], now_ms: int
) -> None:
    """Give up and take what a change of a document comes to.

    Raises:
        Claimed: another document has one of them; the transaction is to be given up.
    """
    dialect = dialect_of(connection)
    for claim in sorted(before - after):
        await connection.execute(_GIVE_UP, {"kind_is": claim.kind, "id_is": claim.id})
    for claim in sorted(after - before):
        taken = await connection.execute(
            insert_into(documents, dialect).on_conflict_do_nothing(),
            {
                "kind": claim.kind,
                "id": claim.id,
                "room": claim.room,
                "state": {OWNER: owner},
                "version": 1,
                "updated_at_ms": now_ms,
                "due_at_ms": None,
            },
        )
        if taken.rowcount != 1:
            state = await connection.scalar(_FIND, {"kind_is": claim.kind, "id_is": claim.id})
            raise Claimed(claim, state[OWNER] if state else "")


async def find_owners(
    connection: AsyncConnection, keys: Collection[tuple[str, str]], dialect: DialectName
) -> dict[str, str]:
    """Owners of claims given as (kind, id), by the id of the claim."""
    rows = await connection.execute(_owners(dialect), pairs_parameter("wanted", keys, dialect))
    return {row.id: row.state[OWNER] for row in rows}


async def list_claims(connection: AsyncConnection, kind: str, room: str, most: int) -> Sequence[str]:
    """Owners of the claims of a kind that are listed under a room, by the id of the claim."""
    rows = await connection.execute(_LIST, {"kind_is": kind, "room_is": room, "most": most})
    return [row.state[OWNER] for row in rows]


@cache
def _owners(dialect: DialectName) -> Any:
    """Claims of some kinds and ids."""
    these = among_pairs((documents.c.kind, documents.c.id), "wanted", dialect)
    return select(documents.c.id, documents.c.state).where(these)


_this = (documents.c.kind == bindparam("kind_is")) & (documents.c.id == bindparam("id_is"))
_GIVE_UP = delete(documents).where(_this)
_FIND = select(documents.c.state).where(_this)
_LIST = (
    select(documents.c.state)
    .where(documents.c.kind == bindparam("kind_is"), documents.c.room == bindparam("room_is"))
    .order_by(documents.c.id)
    .limit(bindparam("most"))
)
