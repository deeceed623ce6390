"""Documents are changed by compare-and-set, together with their history and their messages."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.documents import CHANGE_TRIES, Cause, Document
from liveroom.rooms.storage.outbox import Lane, Message
from tests.storage.desk import Desk

BY = Cause("host", "poll.vote")
LANE = Lane("events", "r1")
POLL = Document("poll", "p1", "r1", {"votes": 0, "text": "要不要?", "nested": {"list": [1, None, 2.5]}}, 1, 0)


def count_up(document: Document) -> Document:
    """One vote more."""
    return replace(document, state={**document.state, "votes": document.state["votes"] + 1})


async def test_a_document_comes_back_as_it_was(desk: Desk) -> None:
    """JSON of every kind, and the time of the server's clock."""
    assert await desk.documents.create(POLL, BY)
    assert await desk.documents.load("poll", "p1") == replace(POLL, updated_at_ms=desk.clock.now_ms())
    assert await desk.documents.load("battle", "p1") is None


async def test_a_second_of_the_same_id_is_not_made(desk: Desk) -> None:
    """And leaves no history."""
    assert await desk.documents.create(POLL, BY)
    assert not await desk.documents.create(replace(POLL, state={}), BY)
    assert len(await desk.documents.history("poll", "p1", 0, 10)) == 1


async def test_changes_of_many_at_once_are_all_counted(desk: Desk) -> None:
    """A lost race is run again; nothing is overwritten."""
    await desk.documents.create(POLL, BY)
    votes = [desk.documents.change("poll", "p1", BY, count_up) for _ in range(3)]
    await asyncio.gather(*votes)
    found = await desk.documents.load("poll", "p1")
    assert found is not None
    assert (found.state["votes"], found.version) == (3, 4)
    history = await desk.documents.history("poll", "p1", 1, 10)
    assert [(each.version, each.to_state["votes"]) for each in history] == [(2, 1), (3, 2), (4, 3)]


async def test_races_that_are_always_lost_end_as_retryable(desk: Desk) -> None:
    """After a bounded number of tries."""
    await desk.documents.create(POLL, BY)
    tries = []

    async def meddle(document: Document) -> Document:
        tries.append(document.version)
        assert await desk.documents.save(replace(document, version=document.version + 1), document.version, BY)
        return count_up(document)

    with pytest.raises(Refusal) as refused:
        await desk.documents.change("poll", "p1", BY, meddle)
    assert refused.value.code == ErrorCode.UNAVAILABLE
    assert refused.value.retryable
    assert tries == list(range(1, CHANGE_TRIES + 1))


async def test_a_rule_that_changes_nothing_writes_nothing(desk: Desk) -> None:
    """The same object back means no change."""
    await desk.documents.create(POLL, BY)
    await desk.documents.change("poll", "p1", BY, lambda document: document)
    assert len(await desk.documents.history("poll", "p1", 0, 10)) == 1


async def test_a_document_that_is_not_there_is_said_to_be_missing(desk: Desk) -> None:
    """`not_found`."""
    with pytest.raises(Refusal) as refused:
        await desk.documents.change("poll", "p1", BY, count_up)
    assert refused.value.code == ErrorCode.NOT_FOUND


async def test_a_change_tells_after_its_commit(desk: Desk) -> None:
    """And a change that was not made tells nothing."""
    await desk.start()
    await desk.documents.create(POLL, BY, [Message(LANE, b"made")])
    assert not await desk.documents.create(POLL, BY, [Message(LANE, b"made again")])
    assert not await desk.documents.save(replace(POLL, version=8), 7, BY, [Message(LANE, b"lost")])
    assert await desk.documents.save(replace(POLL, version=2), 1, BY, [Message(LANE, b"changed")])
    rows = await desk.sent.wait_for(lambda rows: len(rows) == 2)
    assert [row.payload for row in rows] == [b"made", b"changed"]
