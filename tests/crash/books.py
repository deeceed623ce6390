"""What the database says after a crash, without the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.rooms.storage.database import Database


class Books:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answers(self, kind: str, prefix: str) -> Mapping[str, dict[str, Any]]:
        """The answers of all facts of a kind whose key begins so, by unique key."""
        rows = await self._rows(
            "SELECT key, answer FROM facts WHERE kind = :kind AND key LIKE :like", kind=kind, like=f"%\n{prefix}%"
        )
        return {row.key: orjson.loads(row.answer) for row in rows}

    async def grants(self, campaign: str) -> Sequence[Any]:
        """The coupons of a campaign: id, user_id."""
        return await self._rows("SELECT id, user_id FROM coupon_grants WHERE campaign = :campaign", campaign=campaign)

    async def gift_sums(self, room: str) -> tuple[int, int, int]:
        """What was given in a room: by the facts, by the combos, and by the ranks."""
        facts = await self._rows("SELECT answer FROM facts WHERE kind = 'gift.send' AND room = :room", room=room)
        combos = await self._rows("SELECT amount FROM gift_combos WHERE room = :room", room=room)
        ranks = await self._rows("SELECT amount FROM gift_sums WHERE room = :room AND show <> ''", room=room)
        given = sum(orjson.loads(row.answer)["amount"] for row in facts)
        return given, sum(row.amount for row in combos), sum(row.amount for row in ranks)

    async def open_combos(self, room: str) -> int:
        """Combos that are not settled."""
        rows = await self._rows("SELECT id FROM gift_combos WHERE room = :room AND closed_at_ms IS NULL", room=room)
        return len(rows)

    async def settlements(self, room: str) -> Sequence[str]:
        """The settlement ids of a room."""
        rows = await self._rows(
            "SELECT settlement_id FROM gift_combos WHERE room = :room AND closed_at_ms IS NOT NULL", room=room
        )
        return [row.settlement_id for row in rows]

    async def room_events(self, room: str, after_id: int) -> Mapping[int, list[bytes]]:
        """The events that changes have committed for a room since a row, by row."""
        rows = await self._rows(
            "SELECT id, payload FROM outbox WHERE lane = 'events' AND room = :room AND id > :after",
            room=room,
            after=after_id,
        )
        return {row.id: [orjson.dumps(orjson.loads(each[2])) for each in orjson.loads(row.payload)] for row in rows}

    async def newest_row(self) -> int:
        """Id of the newest outbox row."""
        [row] = await self._rows("SELECT max(id) AS newest FROM outbox")
        return row.newest or 0

    async def unsent(self) -> int:
        """Outbox rows that still wait."""
        [row] = await self._rows("SELECT count(*) AS many FROM outbox WHERE sent_at_ms IS NULL")
        return int(row.many)

    async def end_leases(self) -> None:
        """Let the time pass for which a server that is dead holds the endpoints of webhooks."""
        async with self._database.write() as connection:
            await connection.execute(text("UPDATE webhook_endpoints SET held_until_ms = 0"))

    async def _rows(self, statement: str, **values: object) -> Sequence[Any]:
        async with self._database.read() as connection:
            return list(await connection.execute(text(statement), values))
