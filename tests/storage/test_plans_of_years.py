"""What is looked for in tables that grow for years is found by an index, also where the planner knows no numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from liveroom.rooms.rules.charges import ChargeState
from liveroom.rooms.storage.charges import Charges
from liveroom.rooms.storage.orders import Orders
from liveroom.rooms.storage.passing import Passing
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from tests.storage.desk import Desk

LATE_MS = 10**15
STATEMENTS: dict[str, tuple[Callable[[Desk], Awaitable[Any]], set[str]]] = {
    "charges of a state": (
        lambda desk: Charges(desk.database).list(ChargeState.OWED, None, 10),
        {"SEARCH gift_charges USING INDEX ix_gift_charges_state_id (state=? AND id>?)"},
    ),
    "orders of a show": (
        lambda desk: Orders(desk.database).page("r1", "s1", 10),
        {"SEARCH orders USING INDEX ix_orders_room_show_paid (room=? AND show=?)"},
    ),
    "the first page of documents": (
        lambda desk: RoomDocuments(desk.database).list_page("poll", "r1", None, 10),
        {"SEARCH documents USING INDEX ix_documents_pages (room=? AND kind=? AND updated_at_ms<?)"},
    ),
    "a later page of documents": (
        lambda desk: RoomDocuments(desk.database).list_page("poll", "r1", Place(5, "p"), 10),
        {"SEARCH documents USING INDEX ix_documents_pages (room=? AND kind=? AND updated_at_ms<?)"},
    ),
    "facts whose time is over": (
        lambda desk: Passing(desk.database, 1).forget_facts("points.credit", LATE_MS, 10),
        {
            "SEARCH facts USING INDEX ix_facts_passing (kind=? AND at_ms<?)",
            "SEARCH facts USING COVERING INDEX ix_facts_passing (kind=? AND at_ms<?)",
        },
    ),
    "changes whose time is over": (
        lambda desk: Passing(desk.database, 1).forget_changes("stage", LATE_MS, 10),
        {
            "SEARCH document_history USING INDEX ix_document_history_passing (kind=? AND at_ms<?)",
            "SEARCH document_history USING COVERING INDEX ix_document_history_passing (kind=? AND at_ms<?)",
        },
    ),
    "questions whose time is over": (
        lambda desk: Passing(desk.database, 1).forget_questions(LATE_MS, 10),
        {
            "SEARCH documents USING INDEX ix_documents_questions (kind=? AND updated_at_ms<?)",
            "SEARCH documents USING COVERING INDEX ix_documents_questions (kind=? AND updated_at_ms<?)",
        },
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_what_is_looked_for_is_found_by_an_index(sqlite_desk: Desk, name: str) -> None:
    """Nothing is read from end to end, and nothing is sorted."""
    run, wanted = STATEMENTS[name]
    said: list[tuple[str, Any]] = []

    def note(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    engines = [sqlite_desk.database._reader.sync_engine, sqlite_desk.database._writer.sync_engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    await run(sqlite_desk)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    steps: list[str] = []
    for statement, parameters in said:
        if statement.startswith(("SELECT", "DELETE")) and "FROM outbox" not in statement:
            async with sqlite_desk.database.read() as connection:
                plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            steps += [step.detail for step in plan]
    tables = [step for step in steps if step.startswith(("SEARCH", "SCAN")) and "(subquery" not in step]
    tables = [step for step in tables if not step.startswith(("SCAN anon", "SEARCH anon", "SCAN oldest"))]
    assert set(tables) <= wanted, steps
    assert wanted & set(tables)
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
