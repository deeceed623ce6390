"""Who goes on with what is refused is told each time, and then closed with the code that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from liveroom.realtime.codes import CloseCode, ErrorCode
from liveroom.realtime.identity import Role
from liveroom.realtime.strikes import CLOSES
from liveroom.rooms.desk import Desk
from liveroom.rooms.ledger import Ledger
from liveroom.rooms.messages.room import RoomSettings
from tests.rooms_service.house import House
from tests.rooms_service.line import Line
from tests.support.clock import FakeClock

BURST = 30


def errors(line: Line) -> list[str]:
    """The codes of the refusals heard."""
    return [frame["error"]["code"] for frame in line.hear() if frame["type"] == "error"]


def goodbye(line: Line) -> dict[str, object] | None:
    """The last word of the server, if it has said one; nothing may follow it."""
    said = [at for at, frame in enumerate(line.hear()) if frame["type"] == "disconnect"]
    assert not said or said == [len(line.heard) - 1]
    return line.heard[-1] if said else None


async def repeat(house: House, line: Line, type_: str, data: dict[str, object], *, room: str = "demo") -> None:
    """Send a command more often than is put up with."""
    for _ in range(BURST + 5):
        line.say(type_, data, room=room)
        await house.settle()


@pytest.mark.parametrize(
    ("type_", "data", "code", "close"),
    [
        ("room.end", {}, ErrorCode.FORBIDDEN, CloseCode.FORBIDDEN),
        ("user.ban", {"user_id": "x"}, ErrorCode.FORBIDDEN, CloseCode.FORBIDDEN),
    ],
)
async def test_who_keeps_asking_for_what_is_forbidden_is_closed_with_4403(
    house: House, type_: str, data: dict[str, object], code: str, close: CloseCode
) -> None:
    line = await house.enter("ann")
    await repeat(house, line, type_, data)
    assert errors(line) == [code] * (BURST + 1), "each is answered, the last one too"
    assert goodbye(line) == {
        "type": "disconnect",
        "code": close,
        "reason": close.meaning,
        "reconnect": False,
    }


async def test_refusals_of_the_room_itself_count_too(house: House) -> None:
    """A moderator who may ban, and not this person."""
    await house.enter("host", Role.HOST)
    line = await house.enter("mod", Role.MODERATOR)
    await repeat(house, line, "user.ban", {"user_id": "host"})
    assert errors(line) == ["forbidden"] * (BURST + 1)
    assert line.connection.close_code == 4403


async def test_who_talks_where_they_are_not_is_closed_with_4400(house: House) -> None:
    line = await house.line("ann")
    await repeat(house, line, "comment.send", {"text": "hi"})
    assert errors(line) == ["not_joined"] * (BURST + 1)
    assert line.connection.close_code == 4400


async def test_who_looks_for_rooms_that_do_not_exist_is_closed(house: House) -> None:
    """Each costs a question to the database; joins have a rate of their own, so time passes in between."""
    line = await house.line("ann")
    for number in range(BURST * 2):
        line.say("room.join", {}, room=f"guess{number}")
        await house.wait(100)
    assert set(errors(line)) == {"room_not_found"}
    assert line.connection.close_code == 4400


async def test_a_banned_user_who_keeps_knocking_is_closed_with_4403(house: House) -> None:
    moderator = await house.enter("mod", Role.MODERATOR)
    line = await house.enter("ann")
    await moderator.ask("user.ban", {"user_id": "ann"})
    for _ in range(BURST * 2):
        line.say("room.join", {})
        await house.wait(100)
    assert set(errors(line)) == {"banned"}
    assert line.connection.close_code == 4403


def at_the_desk(house: House) -> None:
    """Comments take the way of commands that are worth money."""
    ledger = cast(Ledger, None)
    handlers = {"comment.send": lambda room, request, now_ms: None}
    desk = Desk(handlers, ledger, house.backplane, house.clock, house.steps, keyless=handlers)
    house.service.desk = desk


@pytest.mark.parametrize("way", [None, at_the_desk])
async def test_who_stays_above_the_rate_of_a_command_is_closed_with_4101(
    house: House, way: Callable[[House], None] | None
) -> None:
    """And told when to come back."""
    if way is not None:
        way(house)
    line = await house.enter("ann")
    for _ in range(BURST + 10):
        line.say("comment.send", {"text": "hi"})
    await house.settle()
    assert errors(line)[: BURST + 1] == ["rate_limited"] * (BURST + 1)
    last = goodbye(line)
    assert last is not None
    assert (last["code"], last["reconnect"]) == (4101, True)
    assert isinstance(last["retry_after_ms"], int)
    assert last["retry_after_ms"] >= 1_000


async def test_a_refusal_a_second_is_put_up_with(house: House) -> None:
    """A client with a fault of its own is told for as long as it likes."""
    line = await house.enter("ann")
    for _ in range(BURST * 3):
        line.say("room.end", {})
        await house.wait(1_000, step_ms=1_000)
    assert errors(line) == ["forbidden"] * BURST * 3
    assert goodbye(line) is None


async def test_refusals_nobody_can_foresee_do_not_count(clock: FakeClock) -> None:
    """A room that is too busy, or a state that has just changed, is no fault of the sender."""
    house = House(clock, RoomSettings(commands_per_s=1))
    await house.open()
    viewer, host = await house.enter("ann"), await house.enter("host", Role.HOST)
    for _ in range(BURST * 2):
        viewer.say("like.send", {"count": 1})
        await house.wait(100)
    await repeat(house, host, "room.go_live", {})
    assert errors(viewer).count("overloaded") > BURST
    assert set(errors(host)) == {"wrong_state"}
    assert goodbye(viewer) is goodbye(host) is None
    await house.close()


def test_only_what_a_client_brings_upon_itself_counts() -> None:
    assert not set(CLOSES) & {
        ErrorCode.OVERLOADED,
        ErrorCode.UNAVAILABLE,
        ErrorCode.INTERNAL,
        ErrorCode.WRONG_STATE,
        ErrorCode.ROOM_NOT_OPEN,
        ErrorCode.NOT_FOUND,
        ErrorCode.KEY_CONFLICT,
        ErrorCode.TOKEN_EXPIRED,
    }
