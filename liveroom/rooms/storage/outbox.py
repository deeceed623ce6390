"""Outbox rows: what must leave the process, written in the transaction of its cause.

Promise: ids rise in the order of commits among transactions that share a document or a scope, since both are locked
before the rows are written; so sending by id keeps cause before effect, also over processes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.bulk import NumberedInsert
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import among, among_pairs, pairs_parameter
from liveroom.rooms.storage.tables import outbox


class Lane(NamedTuple):
    """Where messages go (`lane`) and for which room; inside of it they keep their order."""

    lane: str
    room: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be sent. `payload` is what the sender of the lane understands."""

    lane: Lane
    payload: bytes


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message as it is stored; `id` is what receivers know it by. `next_at_ms`: not to be sent before; 0 until it
    was tried, so that no clock of another process holds it up.

    An id is given again once its row is deleted, an hour after it was sent; with `created_at_ms` it is unique for good.
    """

    id: int
    lane: Lane
    payload: bytes
    attempts: int = 0
    next_at_ms: int = 0
    created_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction has put into the outbox.

    Args:
        rows: by order of id.
        behind: lanes of these rows in which another process has left rows that are not sent.
    """

    rows: Sequence[OutboxRow] = ()
    behind: frozenset[Lane] = frozenset()


INSERTED = ("room", "lane", "writer", "payload", "created_at_ms", "attempts", "next_at_ms")
"""In the order in which `Outbox._values` gives them."""


class Outbox:
    """The table.

    Args:
        writer: name of this process, never used before.
        committed: called after the commit of what `write` has written.
    """

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self.writer = writer
        self.committed: Callable[[Written], None] = _leave
        dialect = database.dialect
        columns = (outbox.c.lane, outbox.c.room)
        unsent = outbox.c.sent_at_ms.is_(None)
        self._foreign = (
            select(*columns)
            .where(unsent, outbox.c.writer != bindparam("me"), among_pairs(columns, "lanes", dialect))
            .distinct()
        )
        self._left = (
            select(*columns)
            .where(unsent, among(outbox.c.lane, "names", dialect), outbox.c.created_at_ms < bindparam("before"))
            .distinct()
            .limit(bindparam("most"))
        )
        self._insert = NumberedInsert(outbox, INSERTED, dialect)
        self._mark = (
            update(outbox).where(unsent, among(outbox.c.id, "ids", dialect)).values(sent_at_ms=bindparam("now_ms"))
        )

    async def write(self, connection: AsyncConnection, messages: Sequence[Message], now_ms: int) -> Written:
        """Write rows in a transaction that has locked what the messages are about.

        `committed` is to be called with the result after the commit.
        """
        if not messages:
            return Written()
        ids = await self._insert.write(connection, [self._values(message, now_ms) for message in messages])
        rows = [
            OutboxRow(number, each.lane, each.payload, created_at_ms=now_ms)
            for number, each in zip(ids, messages, strict=True)
        ]
        lanes = {message.lane for message in messages}
        parameters = pairs_parameter("lanes", lanes, self._database.dialect) | {"me": self.writer}
        foreign = await connection.execute(self._foreign, parameters)
        return Written(rows, frozenset(Lane(*pair) for pair in foreign))

    async def post(self, messages: Sequence[Message], now_ms: int) -> None:
        """Write rows in a transaction of their own, and have them sent."""
        async with self._database.write() as connection:
            written = await self.write(connection, messages, now_ms)
        self.committed(written)

    async def load(self, lane: Lane, after_id: int, limit: int) -> Sequence[OutboxRow]:
        """Rows of a lane that are not sent, in order, after an id."""
        values = {"lane_is": lane.lane, "room_is": lane.room, "after": after_id, "most": limit}
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(_WAITING, values)]

    async def find_left(self, lanes: Iterable[str], created_before_ms: int, limit: int) -> Collection[Lane]:
        """Lanes of these names with rows that should have been sent by now."""
        values = {"names": list(lanes), "before": created_before_ms, "most": limit}
        async with self._database.read() as connection:
            return [Lane(*row) for row in await connection.execute(self._left, values)]

    async def mark_sent(self, ids: Collection[int], now_ms: int) -> None:
        """Remember that rows are sent."""
        async with self._database.write() as connection:
            await connection.execute(self._mark, {"ids": sorted(ids), "now_ms": now_ms})

    async def put_off(self, row_id: int, attempts: int, next_at_ms: int) -> None:
        """Remember a send that failed, so that no process tries again before `next_at_ms`."""
        values = {"row": row_id, "tries": attempts, "next_at": next_at_ms}
        async with self._database.write() as connection:
            await connection.execute(_PUT_OFF, values)

    async def forget(self, sent_before_ms: int, limit: int) -> int:
        """Delete rows sent before a moment, at most `limit`; gives how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(_FORGET, {"before": sent_before_ms, "most": limit})).rowcount

    def _values(self, message: Message, now_ms: int) -> tuple[object, ...]:
        return message.lane.room, message.lane.lane, self.writer, message.payload, now_ms, 0, 0


def _leave(_: Written) -> None:
    """Nobody sends here: the rows wait for a process that does."""


def _read(row: Any) -> OutboxRow:
    return OutboxRow(row.id, Lane(row.lane, row.room), row.payload, row.attempts, row.next_at_ms, row.created_at_ms)


_unsent = outbox.c.sent_at_ms.is_(None)
_WAITING = (
    select(*outbox.c["id", "lane", "room", "payload", "attempts", "next_at_ms", "created_at_ms"])
    .where(
        _unsent,
        outbox.c.lane == bindparam("lane_is"),
        outbox.c.room == bindparam("room_is"),
        outbox.c.id > bindparam("after"),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
_PUT_OFF = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(attempts=bindparam("tries"), next_at_ms=bindparam("next_at"))
)
_FORGET = delete(outbox).where(
    outbox.c.id.in_(select(outbox.c.id).where(outbox.c.sent_at_ms < bindparam("before")).limit(bindparam("most")))
)
