"""A ban holds from its answer on: also for what waits behind it, and whatever is read from the store meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.moderation.screen import Ruling
from liveroom.rooms.rules.bans import Ban
from tests.rooms_service.house import ROOM, House

TOLD = b'{"bans_changed":"demo"}'


def codes(answers: list[dict]) -> list[str]:  # type: ignore[type-arg] - frames of any shape
    return [answer["error"]["code"] if answer["type"] == "error" else "ack" for answer in answers]


class Judge:
    """A reviewer whose answer a test gives."""

    def __init__(self) -> None:
        self.ruling: asyncio.Future[Ruling] = asyncio.get_running_loop().create_future()

    async def review(self, room: str, comment: CommentSent) -> Ruling:
        return await self.ruling


class SlowReads:
    """Reads of bans that are answered when a test says so, with what was there when they were begun."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[asyncio.Event] = []
        self._read = house.store.bans
        monkeypatch.setattr(house.store, "bans", self._bans)

    async def _bans(self, room: str) -> Mapping[str, Ban]:
        found, may_end = await self._read(room), asyncio.Event()
        self.begun.append(may_end)
        await may_end.wait()
        return found


async def turn() -> None:
    """Let everything run that waits for nothing outside."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_what_a_banned_viewer_said_behind_the_ban_is_refused(house: House) -> None:
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    host.say("user.ban", {"user_id": "ann"})
    numbers = [ann.say("comment.send", {"text": "still here"}), ann.say("like.send", {"count": 9})]
    await house.wait(600)
    assert codes([ann.answer(number) for number in numbers]) == ["banned", "banned"]
    assert [host.events("comment.sent"), host.latest("likes")] == [[], []]


async def test_what_a_banned_moderator_ordered_behind_the_ban_is_refused(house: House) -> None:
    host, moderator = await house.enter("host", Role.HOST), await house.enter("mod", Role.MODERATOR)
    ann = await house.enter("ann")
    host.say("user.ban", {"user_id": "mod"})
    number = moderator.say("user.ban", {"user_id": "ann"})
    await house.settle()
    assert codes([moderator.answer(number), await ann.ask("comment.send", {"text": "hi"})]) == ["banned", "ack"]


async def test_a_comment_that_waits_for_the_judge_is_not_shown_after_a_ban(house: House) -> None:
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    judge = Judge()
    (await house.service.room(ROOM)).talk.reviewer = judge
    number = ann.say("comment.send", {"text": "slow"})
    await turn()
    host.say("user.ban", {"user_id": "ann"})
    await turn()
    judge.ruling.set_result(Ruling(None, "slow"))
    await house.wait(100)
    assert codes([ann.answer(number)]) == ["banned"]
    assert host.events("comment.sent") == []


async def test_who_is_let_in_again_may_write_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    host = await house.enter("host", Role.HOST)
    await host.ask("user.ban", {"user_id": "ann"})
    SlowReads(house, monkeypatch)
    number = host.say("user.unban", {"user_id": "ann"})
    await turn()
    assert codes([host.answer(number)]) == ["ack"]
    assert "ann" not in (await house.service.room(ROOM)).bans


@pytest.mark.parametrize("is_here", [True, False], ids=["by a command here", "on another node"])
async def test_bans_read_before_a_ban_do_not_take_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch, *, is_here: bool
) -> None:
    """Whichever read is answered last."""
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    room, reads = await house.service.room(ROOM), SlowReads(house, monkeypatch)
    await house.backplane.tell_nodes(TOLD)
    await turn()
    if is_here:
        host.say("user.ban", {"user_id": "ann"})
    else:
        await house.store.ban(ROOM, Ban("ann", "host", "", house.clock.now_ms(), None))
        await house.backplane.tell_nodes(TOLD)
    await turn()
    for at in range(10):
        # The newest first, where several are under way.
        for may_end in reversed(reads.begun):
            may_end.set()
            await turn()
            assert "ann" in room.bans or not is_here, at
    await house.settle()
    assert "ann" in room.bans
    assert [frame["code"] for frame in ann.hear() if frame["type"] == "left"] == ["banned"]
    assert len(reads.begun) <= 3, "one at a time, however many changes were told"


async def test_a_ban_that_does_not_hold_for_somebody_cuts_no_connection(house: House) -> None:
    """A moderator could not know that it is an operator who was away."""
    moderator = await house.enter("mod", Role.MODERATOR)
    await moderator.ask("user.ban", {"user_id": "boss"})
    boss = await house.enter("boss", Role.OPERATOR)
    await moderator.ask("user.ban", {"user_id": "ann"})
    assert [frame for frame in boss.hear() if frame["type"] == "left"] == []
    assert codes([await boss.ask("comment.send", {"text": "hi"})]) == ["ack"]
