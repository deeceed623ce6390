"""What the clock and the staff look for is read alone, however much was kept before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.open_documents import OpenDocuments
from liveroom.rooms.storage.room_documents import RoomDocuments
from liveroom.rooms.storage.tables import documents
from tests.storage.conftest import opened
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

KINDS = [f"kind_{number}" for number in range(20)]
KEPT = 3_000
READS: dict[str, tuple[Callable[[Desk], Awaitable[Any]], str]] = {
    "what is due": (lambda desk: desk.documents.due(KINDS, 2_000, 10), "due_at_ms"),
    "how many are open": (lambda desk: OpenDocuments(desk.database).count("kind_1", "r1"), "room_kind_due_at_ms"),
    "those that are open": (lambda desk: OpenDocuments(desk.database).list("kind_1", "r1", 10), "room_kind_due_at_ms"),
    "those that wait": (lambda desk: RoomDocuments(desk.database).list_pending("kind_1", "r1"), "room_kind_due_at_ms"),
}


@pytest.fixture
async def full(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """An embedded database with many documents, of which few are due."""
    async with opened(sqlite_url, clock) as desk:
        rows = [
            {"kind": KINDS[number % len(KINDS)], "id": f"d{number}", "room": "r1", "state": {}, "version": 1}
            | {"updated_at_ms": number, "due_at_ms": number if number < 2 * len(KINDS) else None}
            for number in range(KEPT)
        ]
        async with desk.database.write() as connection:
            await connection.execute(documents.insert(), rows)
        yield desk


@pytest.mark.parametrize("name", READS)
async def test_only_what_is_open_is_read(full: Desk, name: str) -> None:
    """By the index of what is due; the planner of SQLite knows no numbers and would take the kinds first."""
    read, index = READS[name]
    said: list[tuple[str, Any]] = []

    def note(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(full.database._reader.sync_engine, "before_cursor_execute", note)
    await read(full)
    event.remove(full.database._reader.sync_engine, "before_cursor_execute", note)
    ((statement, parameters),) = said
    async with full.database.read() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
    assert f"INDEX ix_documents_{index} (" in plan[0].detail, plan


async def test_what_is_due_is_found_by_its_kind_and_in_its_order(desk: Desk) -> None:
    """On both databases."""
    for kind, id_, due_ms in (("poll", "late", 2), ("poll", "early", 1), ("battle", "b", 1), ("poll", "later", 9)):
        assert await desk.documents.create(Document(kind, id_, "r1", {}, 1, 0, due_ms), Cause("host", "x"))
    assert await desk.documents.due(["poll", "draw"], 5, 10) == [("poll", "early", 1), ("poll", "late", 2)]
