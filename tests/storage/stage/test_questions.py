"""Questions in a room: recognised, merged, in the queue of the staff at once, and told to those who asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.question import QuestionStatus
from liveroom.rooms.questions import intake, memory
from liveroom.rooms.questions.intake import Asked
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.question_state import Asker
from liveroom.server import questions
from tests.storage.stage.hall import Guest, Hall, opened
from tests.support.clock import FakeClock


async def ask(guest: Guest, text: str = "什么时候发货？") -> None:
    """Somebody writes a comment."""
    await guest.ask("comment.send", {"text": text})


async def queued(host: Guest, count: int = 1) -> dict[str, Any]:
    """The question that the host heard of last, when so many have asked it."""
    heard: dict[str, Any] = await host.told("question.changed", lambda data: data["question"]["count"] == count)
    question: dict[str, Any] = heard["question"]
    return question


async def test_the_same_question_of_two_is_one_entry_and_both_learn_what_becomes_of_it(hall: Hall) -> None:
    host, ann, bob = await hall.enter("host", Role.HOST), await hall.enter("ann"), await hall.enter("bob")
    await ask(ann)
    first = await queued(host)
    assert (first["status"], first["text"]) == ("delivered", "什么时候发货？")
    assert (await ann.told("question.progressed"))["question"]["status"] == "delivered"
    await ask(bob, "请问啥时候发货呀")
    both = await queued(host, 2)
    assert (both["id"], [each["user"]["id"] for each in both["askers"]]) == (first["id"], ["ann", "bob"])
    await host.ask("question.take", {"question": first["id"]})
    shown = await bob.seen("question.shown")
    assert (shown["question"]["status"], shown["question"]["count"]) == ("answering", 2)
    answered = await host.ask("question.answer", {"question": first["id"], "answer": "明天"})
    assert answered["question"]["status"] == "answered"
    for guest in (ann, bob):
        own = await guest.told("question.progressed", lambda data: data["question"]["status"] == "answered")
        assert own["question"]["answer"] == "明天"
        assert own["question"]["by"] == {"user": {"id": "host", "name": "Host"}, "role": "host"}
    assert not ann.private("question.changed"), "the queue is the staff's"


async def test_statements_and_what_the_staff_say_are_no_questions(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann, "好看")
    await ask(host, "大家想看什么？")
    await ask(ann)
    assert (await queued(host))["text"] == "什么时候发货？"
    assert len(host.private("question.changed")) == 1


async def test_what_the_host_replies_in_public_answers_the_question_of_all_who_asked_it(hall: Hall) -> None:
    host, ann, bob = await hall.enter("host", Role.HOST), await hall.enter("ann"), await hall.enter("bob")
    await ask(ann)
    await queued(host)
    await ask(bob, "请问啥时候发货呀")
    question = await queued(host, 2)
    asked = (await host.seen("comment.sent", lambda data: data["by"]["id"] == "bob"))["id"]
    await host.ask("comment.send", {"text": "你问哪一款？", "reply_to": asked})
    await ann.ask("comment.send", {"text": "明天", "reply_to": asked})
    await hall.node.value.questions.settle()
    kept = hall.node.value.questions.memory.find("demo", question["id"])
    assert kept is not None
    assert kept.is_open, "who asks back has not answered, and viewers do not answer for the host"
    await host.ask("comment.send", {"text": "都是明天发", "reply_to": asked})
    for guest in (ann, bob):
        own = await guest.told("question.progressed", lambda data: data["question"]["status"] == "answered")
        assert own["question"]["answer"] == "都是明天发"
        assert own["question"]["by"] == {"user": {"id": "host", "name": "Host"}, "role": "host"}


async def test_who_asks_while_no_staff_is_there_is_delivered_to_when_they_come(hall: Hall) -> None:
    ann = await hall.enter("ann")
    await ask(ann)
    assert (await ann.told("question.progressed"))["question"]["status"] == "asked"
    joined = await (await hall.connect("host", Role.HOST)).ask("room.join")
    assert joined["me"]["question_queue"]["open"] == 1
    await ann.told("question.progressed", lambda data: data["question"]["status"] == "delivered")
    joined = await (await hall.connect("ann")).ask("room.join")
    assert [each["text"] for each in joined["me"]["questions"]] == ["什么时候发货？"]


async def test_the_queue_has_first_what_matters_most(hall: Hall) -> None:
    host = await hall.enter("host", Role.HOST)
    ann, bob, cid = await hall.enter("ann"), await hall.enter("bob", member_of=["茶友"]), await hall.enter("cid")
    for guest, text in ((ann, "多少钱？"), (bob, "有红色吗？"), (cid, "包邮吗？")):
        await ask(guest, text)
        await hall.node.value.questions.settle()
        hall.clock.advance(10)
    await hall.node.value.questions.settle()
    joined = await (await hall.connect("host", Role.HOST)).ask("room.join")
    texts = [each["text"] for each in joined["me"]["question_queue"]["questions"]]
    assert texts == ["有红色吗？", "多少钱？", "包邮吗？"]
    assert host.private("question.changed")


async def test_what_is_open_at_the_end_is_kept_for_the_recap_and_can_be_answered_later(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann)
    question = await queued(host)
    await host.ask("room.end")
    await ann.told("question.progressed", lambda data: data["question"]["status"] == "expired")
    kept = await hall.node.value.questions.archive.page("demo", question["show_id"], None, 10)
    assert [(each.id, each.status) for each in kept] == [(question["id"], QuestionStatus.EXPIRED)]
    answered = await host.ask("question.answer", {"question": question["id"], "answer": "明天"})
    assert answered["question"]["status"] == "answered"


async def test_the_end_of_a_show_does_not_wait_for_questions_of_other_rooms(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann)
    await queued(host)
    intake, quiet = hall.node.value.questions.intake, asyncio.Event()

    async def wait(room: str, batch: object) -> None:
        await quiet.wait()

    monkeypatch.setattr(intake, "_keep_all", wait)
    asker = Asker(Person(id="bob", name="Bob"), hall.clock.now_ms())
    intake.note(Asked("another", "s", "什么时候发货？", QuestionOptions(), asker))
    await host.ask("room.end")
    await ann.told("question.progressed", lambda data: data["question"]["status"] == "expired")
    quiet.set()


async def test_a_question_of_another_room_or_of_none_is_not_found(hall: Hall) -> None:
    host = await hall.enter("host", Role.HOST)
    assert (await host.ask("question.take", {"question": "s-1"}))["code"] == "not_found"


async def test_what_is_asked_while_the_database_is_away_is_kept_when_it_is_back(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    documents = hall.node.storage.documents
    failed = asyncio.Event()

    async def fail(*_: object, **__: object) -> bool:
        failed.set()
        raise RealtimeError(ErrorCode.UNAVAILABLE, "away", retry_after_ms=500)

    create, documents.create = documents.create, fail  # type: ignore[method-assign, assignment] - it is away
    await ask(ann)
    await failed.wait()
    documents.create = create  # type: ignore[method-assign] - it is back
    hall.clock.advance(1_000)
    assert (await queued(host))["text"] == "什么时候发货？"


async def test_what_too_many_ask_at_once_stays_a_comment_and_is_counted(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PENDING", 0)
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann)
    await host.seen("comment.sent", lambda data: data["by"]["id"] == "ann")
    await hall.node.value.questions.settle()
    assert not host.private("question.changed")
    assert b"\nliveroom_questions_missed_total 1.0\n" in hall.node.metrics.render()


async def test_above_the_limit_the_least_urgent_is_left_open(hall: Hall) -> None:
    room = await hall.node.rooms.room("demo")
    assert room.scene.questions is not None
    room.scene = room.scene.model_copy(update={"questions": room.scene.questions.model_copy(update={"most": 10})})
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann", level=9)
    others = [await hall.enter(name) for name in ("bob", "cid", "dan", "eve")]
    await ask(ann, "多少钱？")
    for number in range(10):
        hall.clock.advance(1)
        await ask(others[number // 3], f"有{number}号吗？")
    left = await host.told("question.changed", lambda data: data["question"]["status"] == "expired")
    assert left["question"]["text"] == "有0号吗？", "of the same worth it is the oldest; hers matters more"
    await hall.node.value.questions.settle()
    assert hall.node.value.questions.memory.queue("demo").open == 10


async def test_of_more_than_are_kept_in_memory_the_settled_go_first_and_the_newest_of_ones_own_are_told(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "KEPT", 2)
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    for text in ("多少钱？", "包邮吗？", "有红色吗？"):
        hall.clock.advance(1)
        await ask(ann, text)
        asked = await host.told("question.changed", lambda data, text=text: data["question"]["text"] == text)
        if text == "包邮吗？":
            await host.ask("question.dismiss", {"question": asked["question"]["id"]})
    joined = await (await hall.connect("ann")).ask("room.join")
    assert [each["text"] for each in joined["me"]["questions"]] == ["有红色吗？", "多少钱？"]


async def test_masked_words_do_not_come_back_by_the_queue(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    questions = hall.node.value.questions
    monkeypatch.setattr(questions.intake, "note", lambda asked: heard.append(asked.text))
    room = await hall.node.rooms.room("demo")
    screen = room.talk.screen
    masked = screen.rule("ok")._replace(text="什么时候***？")
    monkeypatch.setattr(type(screen), "rule", lambda self, text: masked)
    await ask(await hall.enter("ann"), "什么时候badword？")
    assert heard == ["什么时候***？"]


async def test_names_that_may_not_be_shown_are_not_in_the_queue_nor_in_what_the_room_sees(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    screen = (await hall.node.rooms.room("demo")).talk.screen
    monkeypatch.setattr(type(screen), "name", lambda self, name: name.replace("n", "*"))
    await ask(ann)
    question = await queued(host)
    assert question["askers"][0]["user"] == {"id": "ann", "name": "A**"}
    monkeypatch.setattr(type(screen), "name", lambda self, name: name.replace("o", "*"))
    await host.ask("question.take", {"question": question["id"]})
    shown = (await ann.seen("question.shown"))["question"]
    assert (shown["asked_by"]["name"], shown["by"]["user"]["name"]) == ("A**", "H*st")


async def test_a_queue_of_many_pages_is_whole_after_a_crash(
    sqlite_url: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PAGE", 2)
    async with opened(sqlite_url, tmp_path / "data", clock) as hall:
        for name in ("ann", "bob"):
            guest = await hall.enter(name)
            for number in range(3):
                await ask(guest, f"{name} {number}号有吗？")
        await hall.node.value.questions.settle()
    async with opened(sqlite_url, tmp_path / "data", clock) as again:
        joined = await (await again.connect("host", Role.HOST)).ask("room.join")
        assert joined["me"]["question_queue"]["open"] == 6


@pytest.mark.parametrize("status", ["asked", "delivered", "answering", "answered", "handed_over", "dismissed"])
async def test_after_a_crash_every_question_is_where_it_was(
    sqlite_url: str, tmp_path: Path, clock: FakeClock, status: str
) -> None:
    orders = {"answering": "take", "answered": "answer", "handed_over": "hand_over", "dismissed": "dismiss"}
    async with opened(sqlite_url, tmp_path / "data", clock) as hall:
        host = await hall.enter("host", Role.HOST) if status != "asked" else None
        await ask(await hall.enter("ann"))
        await hall.node.value.questions.settle()
        if host is not None:
            question = await queued(host)
            if status in orders:
                more = {"to": "follow_up"} if status == "handed_over" else {}
                await host.ask(f"question.{orders[status]}", {"question": question["id"], **more})
    async with opened(sqlite_url, tmp_path / "data", clock) as again:
        joined = await (await again.connect("ann")).ask("room.join")
        assert [each["status"] for each in joined["me"]["questions"]] == [status]
        assert ("questions" in joined["snapshot"]) == (status == "answering")
