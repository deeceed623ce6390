"""The limits in front of a room, in their order: who floods it takes nothing from the others and from its staff."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms import actor as actor_module
from liveroom.rooms.messages.room import RoomSettings
from tests.rooms_service.house import ROOM, House
from tests.rooms_service.line import Frame
from tests.support.clock import FakeClock


def codes(answers: list[Frame]) -> list[str]:
    """What became of each command."""
    return [answer["error"]["code"] if answer["type"] == "error" else "ack" for answer in answers]


async def test_a_full_queue_keeps_places_for_those_who_keep_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of the audience does not keep the moderator from banning; the reserve has its bound too."""
    monkeypatch.setattr(actor_module, "MAX_QUEUE", 10)
    monkeypatch.setattr(actor_module, "STAFF_RESERVE", 3)
    moderator = await house.enter("mod", Role.MODERATOR)
    lines = [await house.enter(f"u{number}") for number in range(12)]
    flood = [line.say("comment.send", {"text": "x"}) for line in lines]
    bans = [moderator.say("user.ban", {"user_id": f"u{number}"}) for number in range(4)]
    await house.settle()
    assert codes([line.answer(number) for line, number in zip(lines, flood, strict=True)]) == (
        ["ack"] * 10 + ["overloaded"] * 2
    )
    assert codes([moderator.answer(number) for number in bans]) == ["ack"] * 3 + ["overloaded"]


async def test_a_node_shows_its_part_of_what_people_can_read(clock: FakeClock) -> None:
    """Most viewers are on other nodes, as the total says; when they have gone it shows all again."""
    house = House(clock, RoomSettings(comments_per_s=20, commands_per_s=10_000))
    await house.open()
    lines = [await house.enter(f"u{number}") for number in range(60)]
    await house.wait(2_000)

    async def count_shown(version: int, viewers: int) -> int:
        value = b'{"viewers":%d,"joined":600,"peak":600}' % viewers
        await house.backplane.set_latest(ROOM, "audience", value, (clock.now_ms() + version, 0))
        await house.wait(10_000)
        answers = [await line.ask("comment.send", {"text": f"{at} of {version}"}) for at, line in enumerate(lines)]
        return sum(not answer["data"].get("shed") for answer in answers)

    few = await count_shown(20_000, 600)
    assert few < await count_shown(40_000, 60)
    await house.close()


async def test_what_a_user_may_not_send_is_not_charged_to_the_room(clock: FakeClock) -> None:
    """The bucket of the user comes first: a few who flood do not use up the share of everybody."""
    house = House(clock, RoomSettings(commands_per_s=10))
    await house.open()
    loud, quiet = await house.enter("loud"), [await house.enter(f"u{number}") for number in range(16)]
    numbers = [loud.say("comment.send", {"text": "x"}) for _ in range(25)]
    said = [line.say("comment.send", {"text": "hi"}) for line in quiet]
    await house.settle()
    assert codes([loud.answer(number) for number in numbers]) == ["ack"] * 5 + ["rate_limited"] * 20
    answers = codes([line.answer(number) for line, number in zip(quiet, said, strict=True)])
    assert answers == ["ack"] * 15 + ["overloaded"], "twice ten, less the five of the loud one"
    await house.close()


async def test_a_room_that_is_too_busy_says_so_and_staff_goes_on(clock: FakeClock) -> None:
    """`overloaded` with the time to wait: the sender has done nothing wrong."""
    house = House(clock, RoomSettings(commands_per_s=1))
    await house.open()
    host = await house.enter("host", Role.HOST)
    lines = [await house.enter(f"u{number}") for number in range(4)]
    numbers = [line.say("comment.send", {"text": "hi"}) for line in lines]
    orders = [host.say("comment.send", {"text": "hi"}) for _ in range(4)]
    await house.settle()
    answers = [line.answer(number) for line, number in zip(lines, numbers, strict=True)]
    assert codes(answers) == ["ack", "ack", "overloaded", "overloaded"]
    assert 0 < answers[-1]["error"]["retry_after_ms"] <= 1_001
    assert codes([host.answer(number) for number in orders]) == ["ack"] * 4
    await house.wait(1_001)
    assert codes([await lines[2].ask("comment.send", {"text": "hi"})]) == ["ack"]
    await house.close()
