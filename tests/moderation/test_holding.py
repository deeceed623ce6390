"""While a comment is put on hold the room goes on; its answer is true and comes once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from liveroom.rooms import deferral
from liveroom.rooms.moderation import held_machine
from liveroom.rooms.storage.open_documents import OpenDocuments
from tests.moderation.theatre import Stage
from tests.rooms_service.line import Frame, Line
from tests.support.http_app import ROOM

TURNS = 50


class Store:
    """The database of held comments; it takes nothing until it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.asked = 0

    async def wait(self) -> None:
        self.asked += 1
        await self.free.wait()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """It stalls."""
    store, count = Store(), OpenDocuments.count

    async def stall(self: OpenDocuments, kind: str, room: str) -> int:
        await store.wait()
        return await count(self, kind, room)

    monkeypatch.setattr(OpenDocuments, "count", stall)
    yield store
    store.free.set()


async def turn() -> None:
    """What needs neither time nor the database happens."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def send(line: Line, text: str, key: str | None = None) -> int:
    """Write a comment, and do not wait longer than for the room."""
    number = line.say("comment.send", {"text": text}, key=key, room=ROOM)
    await turn()
    return number


def answers(line: Line, number: int) -> list[Frame]:
    return [frame for frame in line.hear() if frame.get("id") == number and frame["type"] in ("ack", "error")]


async def test_while_the_store_stalls_other_comments_are_answered(stage: Stage, store: Store) -> None:
    await stage.call("PATCH", "/talk", {"hold": "guests"})
    guest, ann = await stage.guest(), await stage.enter("ann")
    held = await send(guest, "one")
    shown = [await send(ann, text) for text in ("two", "three")]
    assert store.asked == 1
    assert ["error" in answer for number in shown for answer in answers(ann, number)] == [False, False]
    assert answers(guest, held) == []
    store.free.set()
    await stage.settle()
    [answer] = answers(guest, held)
    assert answer["data"]["held"] is True


async def test_a_drain_waits_for_what_is_being_held(stage: Stage, store: Store) -> None:
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    ann = await stage.enter("ann")
    number = ann.say("comment.send", {"text": "one"}, room=ROOM)
    drain = asyncio.ensure_future(stage.node.rooms.open_rooms.drain())
    await turn()
    assert store.asked == 1
    assert not drain.done()
    store.free.set()
    await drain
    assert answers(ann, number)[0]["data"]["held"] is True


async def test_a_repeat_meanwhile_is_answered_like_the_first_and_does_nothing_else(stage: Stage, store: Store) -> None:
    """Also when the room has begun to show such comments by then."""
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    ann, again, bob = await stage.enter("ann"), await stage.enter("ann"), await stage.enter("bob")
    first = await send(ann, "one", "k1")
    room = stage.node.rooms.open_rooms.get(ROOM)
    assert room is not None
    room.room.talk.follow(None)
    second = await send(again, "one", "k1")
    assert (answers(ann, first), answers(again, second)) == ([], [])
    store.free.set()
    await stage.wait(1_000)
    told = [answers(ann, first), answers(again, second)]
    assert [len(each) for each in told] == [1, 1]
    assert [each["data"]["held"] for [each] in told] == [True, True]
    assert len({each["data"]["comment_id"] for [each] in told}) == 1
    assert len((await stage.call("GET", "/held"))["held"]) == 1
    assert bob.events("comment.sent") == []


async def test_a_store_that_does_not_answer_in_time_is_told(
    stage: Stage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_machine, "HOLD_S", 0.02)
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    ann = await stage.enter("ann")
    refused = await stage.ask(ann, "comment.send", {"text": "one"}, key="k1")
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    monkeypatch.setattr(held_machine, "HOLD_S", 5.0)
    store.free.set()
    assert (await stage.ask(ann, "comment.send", {"text": "one"}, key="k1"))["data"]["held"] is True
    assert len((await stage.call("GET", "/held"))["held"]) == 1


async def test_no_more_wait_than_may(stage: Stage, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferral, "MOST_WAITING", 2)
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    people = [await stage.enter(name) for name in ("ann", "bob", "eve")]
    numbers = [await send(line, "hi") for line in people]
    assert [len(answers(line, number)) for line, number in zip(people, numbers, strict=True)] == [0, 0, 1]
    [refused] = answers(people[2], numbers[2])
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("overloaded", True)
    store.free.set()
    await stage.settle()
    assert [answers(line, number)[0]["type"] for line, number in zip(people, numbers, strict=True)] == [
        "ack",
        "ack",
        "error",
    ]


async def test_comments_that_come_at_once_do_not_pass_the_bound_of_those_that_wait(
    stage: Stage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_machine, "MOST_HELD", 1)
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    people = [await stage.enter(name) for name in ("ann", "bob", "eve")]
    numbers = [await send(line, "hi") for line in people]
    store.free.set()
    await stage.settle()
    told = [answers(line, number)[0] for line, number in zip(people, numbers, strict=True)]
    assert [answer.get("error", {}).get("code", "held") for answer in told] == ["held", "overloaded", "overloaded"]
