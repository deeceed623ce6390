"""Whoever asks about somebody is answered, also when what is stored cannot be read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.pair_reader import PairReader
from liveroom.rooms.storage.tables import visits
from tests.storage.desk import AT_MS, Desk


async def test_a_row_that_cannot_be_read_is_told_to_all_who_wait_and_to_nobody_later(desk: Desk) -> None:
    def fail(row: Any) -> PastVisits:
        raise ZeroDivisionError(row.user_id)

    await desk.rooms.remember_visits("r1", {"ann": PastVisits(1, AT_MS)})
    reader = PairReader(desk.database, visits, select(visits.c.room, visits.c.user_id), fail)
    async with asyncio.timeout(60):
        heard = await asyncio.gather(
            *(reader.find("r1", name) for name in ("ann", "ann", "bob")), return_exceptions=True
        )
        assert [type(each) for each in heard] == [ZeroDivisionError] * 3
        assert await reader.find("r1", "bob") is None
        with pytest.raises(ZeroDivisionError, match="ann"):
            await reader.find("r1", "ann")
