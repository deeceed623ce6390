"""Every kind of fact and document is either kept for good or has a time; what has one goes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from liveroom.rooms.levels import gains
from liveroom.rooms.storage import passing
from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.lifetimes import (
    DAY_MS,
    FAVOURITES,
    GATHERED,
    GATHERED_MS,
    PASSING_FACTS,
    PASSING_HISTORY,
    PEOPLE_MS,
    QUESTION,
    VOTES,
)
from liveroom.rooms.storage.outbox import Lane, Message
from liveroom.rooms.storage.passing import Passing
from liveroom.rooms.storage.tables import document_history, documents, facts
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from liveroom.server.value import make_deciders
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

FACTS_FOR_GOOD = {
    "battle.rate",
    "campaign.change",
    "club.change",
    "coupon.claim",
    "coupon.move",
    "gift.charge",
    "gift.send",
    "gift.settle",
    "lottery.enter",
    "order.record",
}
HISTORY_FOR_GOOD = {"appeal", "held_comment", "lottery", "talk", "words"}
"""Beside rooms, campaigns and gifts, which are no machines."""
KEEP_MS = 30 * DAY_MS


def test_for_each_kind_of_fact_it_is_said_how_long_it_is_kept() -> None:
    """A new one has to be put on one of the lists."""
    assert set(make_deciders(load_settings())) == FACTS_FOR_GOOD | set(PASSING_FACTS)
    assert not FACTS_FOR_GOOD & set(PASSING_FACTS)


async def test_for_each_kind_of_document_it_is_said_how_long_its_changes_are_kept(tmp_path: Path) -> None:
    """A new one has to be put on one of the lists."""
    machines = Node(load_settings(data_dir=tmp_path)).value.means.keeper.machines
    assert set(machines) == HISTORY_FOR_GOOD | set(PASSING_HISTORY)
    assert QUESTION in machines


def test_the_lane_of_gains_is_the_one_that_is_sent() -> None:
    """It is named where the tables are, too."""
    assert passing.GAINS == gains.LANE


async def _keep_facts(desk: Desk, at_ms: int, kinds: tuple[str, ...]) -> None:
    rows = [
        {"kind": kind, "room": "r1", "scope": "s", "subject": "u", "key": f"{kind} {at_ms}", "digest": b""}
        | {"payload": "{}", "answer": "{}", "at_ms": at_ms}
        for kind in kinds
    ]
    async with desk.database.write() as connection:
        await connection.execute(facts.insert(), rows)


async def _forget_facts(forgetting: Passing, now_ms: int, limit: int) -> int:
    """A slice of each kind; gives the number of the kind that had most."""
    return max([await forgetting.forget_facts(kind, now_ms, limit) for kind in PASSING_FACTS])


async def _forget_changes(forgetting: Passing, now_ms: int, limit: int) -> int:
    """The same of changes of documents."""
    return max([await forgetting.forget_changes(kind, now_ms, limit) for kind in PASSING_HISTORY])


async def _kinds(desk: Desk) -> list[str]:
    async with desk.database.read() as connection:
        return sorted(await connection.scalars(select(facts.c.kind)))


@pytest.mark.parametrize(
    ("kinds", "life_ms"), [(GATHERED, GATHERED_MS), (VOTES, KEEP_MS), (FAVOURITES, PEOPLE_MS)], ids=lambda _: ""
)
async def test_facts_of_a_time_go_after_it_and_those_that_are_worth_money_stay(
    desk: Desk, clock: FakeClock, kinds: tuple[str, ...], life_ms: int
) -> None:
    kept = ("gift.send", "coupon.claim", "lottery.enter", "order.record")
    old_ms = clock.now_ms() - life_ms
    await _keep_facts(desk, old_ms, (*kinds, *kept))
    await _keep_facts(desk, old_ms + 1, kinds)
    forgetting = Passing(desk.database, KEEP_MS)
    assert await _forget_facts(forgetting, clock.now_ms(), 10) == 0, "not yet"
    assert await _forget_facts(forgetting, clock.now_ms() + 1, 10) == 1, "one of each kind"
    assert await _kinds(desk) == sorted((*kinds, *kept))


async def test_facts_go_in_slices(desk: Desk, clock: FakeClock) -> None:
    for at_ms in range(5):
        await _keep_facts(desk, at_ms, GATHERED)
    forgetting = Passing(desk.database, KEEP_MS)
    assert [await _forget_facts(forgetting, clock.now_ms(), 2) for _ in range(4)] == [2, 2, 1, 0]
    assert await _kinds(desk) == []


async def test_a_gain_whose_message_is_not_known_to_be_sent_can_not_count_twice(desk: Desk, clock: FakeClock) -> None:
    """Its fact stays, however long the lane is held up; the lane holds up no other kind."""
    await _keep_facts(desk, clock.now_ms(), PASSING_FACTS)
    async with desk.database.write() as connection:
        written = await desk.outbox.write(connection, [Message(Lane(gains.LANE, "r1"), b"[]")], clock.now_ms())
    forgetting = Passing(desk.database, KEEP_MS)
    clock.advance(2 * PEOPLE_MS)
    await _forget_facts(forgetting, clock.now_ms(), 10)
    assert await _kinds(desk) == ["points.credit"]
    await desk.outbox.mark_sent([row.id for row in written.rows], clock.now_ms())
    assert await _forget_facts(forgetting, clock.now_ms(), 10) == 1


async def test_a_lane_that_keeps_facts_for_weeks_is_told_once_a_day(
    desk: Desk, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody has to look; rounds are twice a minute."""
    async with desk.database.write() as connection:
        await desk.outbox.write(connection, [Message(Lane(gains.LANE, "r1"), b"[]")], clock.now_ms())
    forgetting = Passing(desk.database, KEEP_MS)
    told = []
    for wait_ms in (GATHERED_MS, 1, 30_000, DAY_MS - 30_001, 1):
        clock.advance(wait_ms)
        await _forget_facts(forgetting, clock.now_ms(), 10)
        told.append(len(caplog.records))
    assert told == [0, 1, 1, 1, 2]
    assert "points" in caplog.text


async def _change(desk: Desk, kind: str, id_: str) -> None:
    """Make a document, and change it once."""
    assert await desk.documents.create(Document(kind, id_, "r1", {"step": 1}, 1, 0), Cause("host", "make"))
    assert await desk.documents.save(Document(kind, id_, "r1", {"step": 2}, 2, 0), 1, Cause("host", "move"))


async def test_old_changes_of_what_passes_go_and_others_stay(desk: Desk, clock: FakeClock) -> None:
    """The document stays as it is."""
    await _change(desk, "stage", "r1")
    await _change(desk, "campaign", "c1")
    forgetting = Passing(desk.database, KEEP_MS)
    clock.advance(KEEP_MS)
    assert await _forget_changes(forgetting, clock.now_ms(), 10) == 0
    assert await desk.documents.save(Document("stage", "r1", "r1", {"step": 3}, 3, 0), 2, Cause("host", "move"))
    clock.advance(1)
    assert await _forget_changes(forgetting, clock.now_ms(), 10) == 2
    [newest] = await desk.documents.history("stage", "r1", 0, 10)
    assert (newest.version, newest.from_state, newest.to_state) == (3, None, {"step": 3})
    assert [step.version for step in await desk.documents.history("campaign", "c1", 0, 10)] == [1, 2]


async def test_a_state_is_kept_once_for_each_change_and_read_with_the_one_before(desk: Desk) -> None:
    """Also where a page begins."""
    await _change(desk, "campaign", "c1")
    [made, changed] = await desk.documents.history("campaign", "c1", 0, 10)
    assert (made.from_state, changed.from_state) == (None, {"step": 1})
    [changed] = await desk.documents.history("campaign", "c1", 1, 10)
    assert changed.from_state == {"step": 1}
    async with desk.database.read() as connection:
        twice = select(func.count()).where(document_history.c.from_state.is_not(None))
        assert await connection.scalar(twice) == 0


async def test_changes_that_an_older_version_has_kept_are_read_as_they_are(desk: Desk) -> None:
    """Those have both states."""
    row = {"kind": "campaign", "id": "c1", "version": 7, "at_ms": 1, "who": "host", "command": "move"}
    async with desk.database.write() as connection:
        await connection.execute(document_history.insert(), row | {"from_state": {"step": 6}, "to_state": {"step": 7}})
    [step] = await desk.documents.history("campaign", "c1", 0, 10)
    assert step.from_state == {"step": 6}


async def test_old_questions_go_and_other_documents_stay(desk: Desk, clock: FakeClock) -> None:
    for kind in (QUESTION, "poll"):
        await _change(desk, kind, "d1")
    forgetting = Passing(desk.database, KEEP_MS)
    clock.advance(PEOPLE_MS)
    assert await forgetting.forget_questions(clock.now_ms(), 10) == 0
    clock.advance(1)
    assert await forgetting.forget_questions(clock.now_ms(), 10) == 1
    async with desk.database.read() as connection:
        assert list(await connection.scalars(select(documents.c.kind))) == ["poll"]
