"""Charges as rows: written before the app's billing is asked, and kept until it has had its last word.

Promise: what has to be done yet about a charge is found by its time, by one process at a time; a row that was settled
by somebody else is not changed any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.rules.charges import ChargeState, Word, follow
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gift_tables import gift_charges
from liveroom.rooms.storage.portable import DialectName, among, dialect_of
from liveroom.rooms.storage.tables import facts


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge.

    Args:
        id: what billing knows it by; the same at every try.
        key, body: of the command, so that it can be finished without whoever sent it.
        show: that ran when it was asked for.
        reason: what billing said.
        attempts: of what is to be done in this state; `next_at_ms`: when.
    """

    id: str
    room: str
    show: str
    user_id: str
    name: str
    key: str
    body: str
    gift: str
    to_id: str
    count: int
    amount: int
    currency: str
    state: ChargeState
    reason: str | None
    attempts: int
    created_at_ms: int
    next_at_ms: int
    ended_at_ms: int | None = None


def hear(charge: Charge, word: Word, reason: str | None, now_ms: int) -> Charge:
    """The charge after a word; what is to be done then, is to be done now.

    Raises:
        Refusal: `wrong_state`, the word does not fit.
    """
    state = follow(charge.state, word)
    is_ended = state in ENDED
    return replace(
        charge,
        state=state,
        reason=reason if reason is not None else charge.reason,
        attempts=0,
        next_at_ms=now_ms,
        ended_at_ms=now_ms if is_ended else None,
    )


ENDED = frozenset({ChargeState.PAID, ChargeState.REFUSED, ChargeState.VOIDED, ChargeState.UNPAID})


async def load_charges(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, Charge]:
    """Charges by id."""
    rows = await connection.execute(_some(dialect_of(connection)), {"ids": sorted(ids)})
    return {row.id: _read(row) for row in rows}


async def load_answered(connection: AsyncConnection, keys: Collection[str]) -> Collection[str]:
    """Which of these unique keys of facts were answered for good."""
    rows = await connection.execute(_answered(dialect_of(connection)), {"keys": sorted(keys)})
    return {row.key for row in rows}


async def store_charges(connection: AsyncConnection, begun: Sequence[Charge], changed: Sequence[Charge]) -> None:
    """Write charges that are new, and what has changed in others."""
    if begun:
        await connection.execute(gift_charges.insert(), [_write(charge) for charge in begun])
    if changed:
        await connection.execute(_CHANGE, [_changes(charge) for charge in changed])


class Charges:
    """The table, outside of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due = _take(database.dialect, _unended)
        self._left = _take(database.dialect, _unended & (_c.state == _literal(ChargeState.PENDING)))

    async def take_due(
        self, now_ms: int, lease_until_ms: int, limit: int, *, pending_alone: bool = False
    ) -> Sequence[Charge]:
        """Charges about which something is to be done; nobody else gets them until the lease is over.

        Args:
            pending_alone: only those for which billing need not be asked.
        """
        async with self._database.write() as connection:
            values = {"now": now_ms, "most": limit, "lease_until": lease_until_ms}
            rows = await connection.execute(self._left if pending_alone else self._due, values)
            return [_read(row) for row in rows]

    async def save(self, before: Charge, after: Charge) -> bool:
        """Write a change; False when somebody else has changed the state."""
        async with self._database.write() as connection:
            values = _changes(after) | {"state_is": before.state.value}
            return (await connection.execute(_SAVE, values)).rowcount == 1

    async def load(self, charge_id: str) -> Charge | None:
        """One charge."""
        async with self._database.read() as connection:
            return (await load_charges(connection, [charge_id])).get(charge_id)

    async def list(self, state: ChargeState, after: str | None, limit: int) -> Sequence[Charge]:
        """Charges of a state by id, after the id given."""
        values = {"state_is": state.value, "after": after or "", "most": limit}
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(_LIST, values)]


def _read(row: Any) -> Charge:
    values = {("count" if name == "count_" else name): value for name, value in row._mapping.items()}
    return Charge(**values | {"state": ChargeState(row.state)})


def _write(charge: Charge) -> dict[str, object]:
    values = {each.name: getattr(charge, each.name) for each in fields(charge)}
    return values | {"state": charge.state.value}


def _changes(charge: Charge) -> dict[str, object]:
    return {
        "id_is": charge.id,
        "new_state": charge.state.value,
        "new_reason": charge.reason,
        "new_attempts": charge.attempts,
        "new_next": charge.next_at_ms,
        "new_ended": charge.ended_at_ms,
    }


_c = gift_charges.c
# `count` of a row is a method of tuples.
_COLUMNS = [column.label("count_") if column.name == "count" else column for column in _c]


def _literal(state: ChargeState) -> ColumnElement[str]:
    """Written into the statement: a parameter would keep databases from the index over what is to be done."""
    return literal_column(f"'{state.value}'")


_unended = _c.state.in_([_literal(state) for state in ChargeState if state not in ENDED])


def _take(dialect: DialectName, wanted: ColumnElement[bool]) -> Any:
    """Takes what is wanted and due, and holds it."""
    due = select(_c.id).where(wanted, _c.next_at_ms <= bindparam("now")).order_by(_c.next_at_ms)
    due = due.limit(bindparam("most"))
    if dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    taken = update(gift_charges).where(_c.id.in_(due.scalar_subquery()))
    return taken.values(next_at_ms=bindparam("lease_until")).returning(*_COLUMNS)


@cache
def _some(dialect: DialectName) -> Any:
    """Those of the ids."""
    return select(*_COLUMNS).where(among(_c.id, "ids", dialect))


@cache
def _answered(dialect: DialectName) -> Any:
    """Those of the keys."""
    return select(facts.c.key).where(among(facts.c.key, "keys", dialect))


_CHANGE = (
    update(gift_charges)
    .where(_c.id == bindparam("id_is"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        attempts=bindparam("new_attempts"),
        next_at_ms=bindparam("new_next"),
        ended_at_ms=bindparam("new_ended"),
    )
)
_SAVE = _CHANGE.where(_c.state == bindparam("state_is"))
_LIST = (
    select(*_COLUMNS)
    .where(_c.state == bindparam("state_is"), _c.id > bindparam("after"))
    .order_by(_c.id)
    .limit(bindparam("most"))
)
