"""The app's own judge: its word counts, no comment waits beyond the deadline, and the policy is as stated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import orjson
import pytest
from standardwebhooks import Webhook

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.moderation.review_hook import Policy, ReviewHook
from liveroom.rooms.moderation.screen import Reason, Ruling
from liveroom.rooms.moderation.words import Action
from tests.moderation.theatre import Stage
from tests.rooms.builders import make_author

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSByZXZpZXdlciBvZiB0ZXN0cw=="
COMMENT = CommentSent(id="c_1", by=make_author(), text="hello")
Answer = Callable[[bytes, dict[str, str]], Awaitable[bytes]]


def answer(body: bytes, status: str = "200 OK") -> bytes:
    """An HTTP response."""
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


@asynccontextmanager
async def judge(answers: Answer) -> AsyncIterator[str]:
    """A judge on this machine; gives its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            writer.write(await answers(body, headers))
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/review"
    finally:
        server.close()


async def review(answers: Answer, policy: Policy = "refuse", deadline_s: float = 5.0, lines: int = 4) -> Ruling:
    """What a hook says about a comment."""
    async with judge(answers) as url:
        hook = ReviewHook(url, [SECRET], deadline_s, policy, lines, LoopClock())
        try:
            return await hook.review("demo", COMMENT)
        finally:
            await hook.close()


@pytest.mark.parametrize(
    ("verdict", "action"),
    [("publish", None), ("hold", Action.HOLD), ("shadow", Action.SHADOW), ("refuse", Action.BLOCK)],
)
async def test_the_word_of_the_judge_counts_and_the_call_is_signed(verdict: str, action: Action | None) -> None:
    asked: list[dict[str, Any]] = []

    async def answers(body: bytes, headers: dict[str, str]) -> bytes:
        Webhook(SECRET).verify(body, headers)
        asked.append(orjson.loads(body))
        return answer(orjson.dumps({"verdict": verdict}))

    assert await review(answers) == Ruling(action, "hello", None if action is None else Reason.REVIEW)
    assert asked[0]["type"] == "comment.review"
    assert asked[0]["data"]["room"] == "demo"
    assert asked[0]["data"]["comment"]["text"] == "hello"


@pytest.mark.parametrize(
    "said",
    [
        answer(b'{"verdict":"maybe"}'),
        answer(b"[]"),
        answer(b"not json"),
        answer(b'{"verdict":"publish"}', "500 Internal Server Error"),
        answer(b'{"verdict":"publish"}', "302 Found"),
        answer(b'{"verdict":"publish"}' + b" " * 5_000),
        b"",
    ],
)
@pytest.mark.parametrize(("policy", "action"), [("publish", None), ("hold", Action.HOLD), ("refuse", Action.BLOCK)])
async def test_anything_else_is_the_stated_policy(said: bytes, policy: Policy, action: Action | None) -> None:
    async def answers(body: bytes, headers: dict[str, str]) -> bytes:
        return said

    assert (await review(answers, policy)).action is action


async def test_a_judge_that_does_not_answer_costs_its_deadline_and_then_is_left_alone() -> None:
    hung = asyncio.Event()

    async def answers(body: bytes, headers: dict[str, str]) -> bytes:
        await hung.wait()
        return b""

    async with judge(answers) as url:
        hook = ReviewHook(url, [SECRET], 0.05, "hold", 4, LoopClock())
        started_s = asyncio.get_running_loop().time()
        for _ in range(5):
            assert (await hook.review("demo", COMMENT)).action is Action.HOLD
        assert asyncio.get_running_loop().time() - started_s < 5
        asked = dict(hook.answered)
        hook._deadline_s = 1e9
        assert (await hook.review("demo", COMMENT)).action is Action.HOLD, "not asked, or it would wait for ever"
        assert asked == {"unanswered_hold": 5}
        hung.set()
        await hook.close()


async def test_calls_under_way_are_bounded() -> None:
    let = asyncio.Event()
    begun = asyncio.Event()

    async def answers(body: bytes, headers: dict[str, str]) -> bytes:
        begun.set()
        await let.wait()
        return answer(b'{"verdict":"publish"}')

    async with judge(answers) as url:
        hook = ReviewHook(url, [SECRET], 10.0, "refuse", 1, LoopClock())
        first = asyncio.ensure_future(hook.review("demo", COMMENT))
        await begun.wait()
        assert (await hook.review("demo", COMMENT)).action is Action.BLOCK
        let.set()
        assert (await first).action is None
        await hook.close()


class Judge:
    """A reviewer whose answers a test gives."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ids: list[str] = []
        self.waiting: asyncio.Future[Ruling] | None = None
        self.action: Action | None = None

    async def review(self, room: str, comment: CommentSent) -> Ruling:
        self.asked.append(comment.text)
        self.ids.append(comment.id)
        if self.waiting is not None:
            return await self.waiting
        return Ruling(self.action, comment.text, Reason.REVIEW if self.action else None)


async def employ(stage: Stage) -> Judge:
    """A judge for the room."""
    reviewer = Judge()
    (await stage.node.rooms.room("evening")).talk.reviewer = reviewer
    return reviewer


async def test_what_the_judge_says_becomes_of_a_comment(stage: Stage) -> None:
    reviewer = await employ(stage)
    ann, bob, host = await stage.enter("ann"), await stage.enter("bob"), await stage.enter("h", Role.HOST)
    assert (await stage.say(ann, "one"))["type"] == "ack"
    reviewer.action = Action.BLOCK
    refused = (await stage.say(ann, "two"))["error"]
    assert (refused["code"], refused["reason"]) == ("text_refused", "review")
    reviewer.action = Action.SHADOW
    assert (await stage.say(ann, "three"))["type"] == "ack"
    reviewer.action = Action.HOLD
    assert (await stage.say(ann, "four"))["data"]["held"] is True
    assert (await stage.say(host, "five"))["type"] == "ack"
    assert [event["data"]["text"] for event in bob.events("comment.sent")] == ["one", "five"]
    assert reviewer.asked == ["one", "two", "three", "four"], "staff is not judged"


async def test_while_one_comment_is_judged_the_room_goes_on(stage: Stage) -> None:
    reviewer = await employ(stage)
    ann, host = await stage.enter("ann"), await stage.enter("h", Role.HOST)
    reviewer.waiting = asyncio.get_running_loop().create_future()
    number = ann.say("comment.send", {"text": "slow"}, key="k", room="evening")
    for _ in range(20):
        await asyncio.sleep(0)
    said = host.say("comment.send", {"text": "we go on"}, room="evening")
    for _ in range(50):
        await asyncio.sleep(0)
        stage.clock.advance(20)
    assert host.answer(said)["type"] == "ack"
    assert [frame for frame in ann.hear() if frame.get("id") == number] == []
    reviewer.waiting.set_result(Ruling(None, "slow"))
    reviewer.waiting = None
    await stage.settle()
    assert ann.answer(number)["type"] == "ack"
    again = await stage.ask(ann, "comment.send", {"text": "slow"}, key="k")
    assert again["duplicate"] is True
    assert reviewer.asked == ["slow"]


async def test_a_comment_that_the_judge_has_held_is_not_held_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer was lost, and it came again under its key; the judge heard of the same comment."""
    reviewer = await employ(stage)
    reviewer.action = Action.HOLD
    ann = await stage.enter("ann")
    with monkeypatch.context() as away:
        failing = AsyncMock(side_effect=RealtimeError(ErrorCode.UNAVAILABLE, "away"))
        away.setattr(stage.node.hub.backplane, "publish", failing)
        assert (await stage.ask(ann, "comment.send", {"text": "one"}, key="k"))["type"] == "error"
    again = await stage.ask(ann, "comment.send", {"text": "one"}, key="k")
    [kept] = (await stage.call("GET", "/held"))["held"]
    assert (again["data"]["comment_id"], again["data"]["held"]) == (kept["comment"]["id"], True)
    assert reviewer.ids == [kept["comment"]["id"]] * 2


async def test_what_the_lists_refuse_is_not_shown_to_the_judge(stage: Stage, tmp_path: Path) -> None:
    reviewer = await employ(stage)
    assert (await stage.say(await stage.enter("ann"), "call 13800138000"))["error"]["reason"] == "contact"
    assert reviewer.asked == []
