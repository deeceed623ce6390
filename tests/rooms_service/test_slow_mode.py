"""Where the room is slow a turn is spent by what was said: not by what was refused, nor by what could not be done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms import actor as actor_module
from liveroom.rooms import pipeline as pipeline_module
from liveroom.rooms import slow_mode as slow_mode_module
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.talk import TalkRules
from liveroom.rooms.moderation.screen import Ruling
from tests.rooms_service.house import ROOM, House
from tests.support.clock import FakeClock

UNSURE = ("raise", "hang", "raise after", "hang after")


@pytest.fixture
async def house(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A room with one comment of each in five minutes; what hangs outside is given up soon."""
    for module in (pipeline_module, actor_module, slow_mode_module):
        monkeypatch.setattr(module, "STEP_S", 0.02)
    house = House(clock)
    await house.open()
    (await house.service.room(ROOM)).talk.rules = TalkRules(slow_s=300)
    yield house
    await house.close()


def code(answer: dict) -> str:  # type: ignore[type-arg] - a frame of any shape
    return answer["error"]["code"] if answer["type"] == "error" else "ack"


async def test_one_comment_of_each_and_staff_as_they_like(house: House) -> None:
    ann, bob, host = await house.enter("ann"), await house.enter("bob"), await house.enter("host", Role.HOST)
    assert [code(await line.ask("comment.send", {"text": "hi"})) for line in (ann, bob, host, host)] == ["ack"] * 4
    refused = await ann.ask("comment.send", {"text": "again"})
    assert code(refused) == "rate_limited"
    assert 299_000 <= refused["error"]["retry_after_ms"] <= 300_001
    await house.wait(300_001, step_ms=10_000)
    assert code(await ann.ask("comment.send", {"text": "again"})) == "ack"


@pytest.mark.parametrize("fault", UNSURE)
@pytest.mark.parametrize("call", ["take", "publish"])
async def test_a_comment_that_failed_has_its_turn_when_it_comes_again(house: House, call: str, fault: str) -> None:
    ann = await house.enter("ann")
    # Of the two calls of a comment for tokens the second one is for its turn.
    house.faults.plan(call, *([None] if call == "take" else []), fault)
    assert code(await ann.ask("comment.send", {"text": "hi"}, key="k")) == "unavailable"
    await house.wait(1_000)
    assert code(await ann.ask("comment.send", {"text": "hi"}, key="k")) == "ack"
    assert len((await house.look())["snapshot"]["comments"]) == 1
    if call == "publish" or "after" in fault:
        # Otherwise none was taken at all, which nobody could know.
        assert code(await ann.ask("comment.send", {"text": "more"}, key="k2")) == "rate_limited"


async def test_what_is_refused_spends_no_turn(house: House) -> None:
    ann = await house.enter("ann")
    for _ in range(2):
        assert code(await ann.ask("comment.send", {"text": "hi", "reply_to": "c_gone"})) == "not_found"
    assert code(await ann.ask("comment.send", {"text": "hi"})) == "ack"
    assert code(await ann.ask("comment.send", {"text": "more"})) == "rate_limited"


async def test_a_turn_that_could_not_be_given_back_belongs_to_the_key(house: House) -> None:
    ann = await house.enter("ann")
    house.faults.plan("take", None, None, "hang")
    assert code(await ann.ask("comment.send", {"text": "hi", "reply_to": "c_gone"}, key="k")) == "not_found"
    await house.wait(1_000)
    assert code(await ann.ask("comment.send", {"text": "hi"}, key="k")) == "ack"
    assert code(await ann.ask("comment.send", {"text": "more"}, key="k2")) == "rate_limited"


async def test_a_comment_whose_judge_failed_has_its_turn_when_it_comes_again(house: House) -> None:
    class Judge:
        """Fails the first time."""

        failures = 1

        async def review(self, room: str, comment: CommentSent) -> Ruling:
            if self.failures:
                self.failures -= 1
                raise RealtimeError(ErrorCode.UNAVAILABLE, "not now")
            return Ruling(None, comment.text)

    ann = await house.enter("ann")
    (await house.service.room(ROOM)).talk.reviewer = Judge()
    answers = [code(await ann.ask("comment.send", {"text": "hi"}, key=key)) for key in ("k", "k", "k2")]
    assert answers == ["unavailable", "ack", "rate_limited"]


async def test_those_remembered_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_mode_module, "MOST_KEPT", 1)
    ann, bob = await house.enter("ann"), await house.enter("bob")
    for line in (ann, bob):
        house.faults.plan("publish", "raise")
        assert code(await line.ask("comment.send", {"text": "hi"}, key="k")) == "unavailable"
    answers = [code(await line.ask("comment.send", {"text": "hi"}, key="k")) for line in (bob, ann)]
    assert answers == ["ack", "rate_limited"]
