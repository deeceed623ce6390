"""A banned guest does not come back at once as another guest; people with a token never notice anything."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.guest_addresses import GuestAddresses
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules.bans import Ban, impose
from tests.rooms.builders import NOW
from tests.rooms_service.house import House, Marks
from tests.rooms_service.line import Frame, Line
from tests.support.clock import FakeClock

HOME = "203.0.113.7"
HOUR_MS = 3_600_000


async def come(house: House, user_id: str, address: str, role: Role = Role.GUEST) -> tuple[Line, Frame]:
    """Somebody comes from an address; gives the answer to the join."""
    line = await house.line(user_id, role)
    line.connection.address = address
    if role is Role.GUEST and address:
        house.marks.came_from[user_id] = address
    return line, await line.join()


async def ban(house: House, user_id: str, **how: int) -> None:
    """A moderator bans somebody."""
    moderator = await house.enter("mod", Role.MODERATOR)
    assert (await moderator.ask("user.ban", {"user_id": user_id, **how}))["type"] == "ack"
    moderator.hang_up()
    await house.settle()


async def test_a_banned_guest_who_comes_as_another_one_is_kept_out_for_an_hour(house: House) -> None:
    await come(house, "g1", HOME)
    await ban(house, "g1")
    _, refused = await come(house, "g2", HOME)
    assert refused["error"]["code"] == "banned"
    assert "sign in" in refused["error"]["message"]
    await house.wait(HOUR_MS - 2_000, step_ms=60_000)
    assert "error" in (await come(house, "g3", HOME))[1]
    await house.wait(2_000)
    assert "error" not in (await come(house, "g4", HOME))[1]
    assert "error" in (await come(house, "g1", HOME))[1], "the ban itself goes on"


async def test_people_with_a_token_and_guests_from_elsewhere_come_in(house: House) -> None:
    await come(house, "g1", HOME)
    await ban(house, "g1")
    for role in (Role.VIEWER, Role.HOST, Role.OPERATOR):
        assert "error" not in (await come(house, f"u_{role.value}", HOME, role))[1]
    assert "error" not in (await come(house, "g2", "203.0.113.8"))[1]
    assert "error" not in (await come(house, "g3", ""))[1]


async def test_a_ban_of_somebody_with_a_token_keeps_no_guest_out(house: House) -> None:
    await come(house, "u1", HOME, Role.VIEWER)
    await ban(house, "u1")
    assert "error" not in (await come(house, "g1", HOME))[1]


async def test_a_guest_is_found_by_the_network_of_ipv6(house: House) -> None:
    await come(house, "g1", "2001:db8:1:2::1")
    await ban(house, "g1")
    assert "error" in (await come(house, "g2", "2001:db8:1:2:ffff::9"))[1]
    assert "error" not in (await come(house, "g3", "2001:db8:1:3::1"))[1]


async def test_a_guest_who_left_before_the_ban_is_found_too(house: House) -> None:
    line, _ = await come(house, "g1", HOME)
    line.hang_up()
    await ban(house, "g1")
    assert "error" in (await come(house, "g2", HOME))[1]


async def test_a_ban_that_ends_or_is_lifted_lets_the_address_in(house: House) -> None:
    await come(house, "g1", HOME)
    await ban(house, "g1", seconds=60)
    assert "error" in (await come(house, "g2", HOME))[1]
    await house.wait(60_000, step_ms=5_000)
    assert "error" not in (await come(house, "g3", HOME))[1]
    await ban(house, "g3")
    assert "error" in (await come(house, "g4", HOME))[1]
    moderator = await house.enter("mod", Role.MODERATOR)
    assert (await moderator.ask("user.unban", {"user_id": "g3"}))["type"] == "ack"
    assert "error" not in (await come(house, "g5", HOME))[1]


async def test_a_guest_who_is_in_stays_and_can_repair_the_position(house: House) -> None:
    """Only who comes anew is kept out."""
    neighbour, joined = await come(house, "g0", HOME)
    await come(house, "g1", HOME)
    await ban(house, "g1")
    again = await neighbour.join({"epoch": joined["epoch"], "seq": joined["seq"]})
    assert again["recovered"] is True
    assert (await neighbour.ask("comment.send", {"text": "hi"}))["type"] == "ack"


async def test_a_room_can_do_without_it(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(guest_ban_s=0))
    await house.open()
    await come(house, "g1", HOME)
    await ban(house, "g1")
    assert "error" not in (await come(house, "g2", HOME))[1]
    await house.close()


async def test_it_holds_on_a_node_that_has_never_seen_the_banned_one(house: House) -> None:
    """What holds follows from the bans, which all nodes read."""
    house.marks.came_from["g1"] = HOME
    await ban(house, "g1")
    assert "error" in (await come(house, "g2", HOME))[1]


def ban_of(user_id: str, at_ms: int = NOW) -> Ban:
    """A ban for good."""
    return impose(user_id, "mod", Role.MODERATOR, "", None, at_ms)


@pytest.fixture
def marks() -> Marks:
    """Of two guests from home."""
    marks = Marks()
    marks.came_from |= {"g1": HOME, "g2": HOME}
    return marks


def keeps_out(addresses: GuestAddresses, marks: Marks, bans: dict[str, Ban], now_ms: int) -> bool:
    """Whether guests from home have to stay outside."""
    return addresses.keeps_out(marks, HOME, bans, limit_ms=HOUR_MS, now_ms=now_ms)


def test_the_newest_ban_of_a_network_counts(marks: Marks) -> None:
    addresses, bans = GuestAddresses(), {"g1": ban_of("g1"), "g2": ban_of("g2", NOW + 1_000)}
    assert keeps_out(addresses, marks, bans, NOW + HOUR_MS)
    assert not keeps_out(addresses, marks, bans, NOW + HOUR_MS + 1_000)


def test_a_change_of_other_bans_does_not_prolong_it(marks: Marks) -> None:
    addresses = GuestAddresses()
    for step in range(4):
        bans = {"g1": ban_of("g1")} | {f"u{number}": ban_of(f"u{number}") for number in range(step)}
        assert keeps_out(addresses, marks, bans, NOW + step * HOUR_MS // 4)
    assert not keeps_out(addresses, marks, bans, NOW + HOUR_MS)


def test_the_bans_are_looked_through_once(marks: Marks, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many guests come; there may be 10,000 bans."""
    addresses, bans = GuestAddresses(), {"g1": ban_of("g1")}
    assert keeps_out(addresses, marks, bans, NOW)
    monkeypatch.setattr(marks, "of_guest", lambda _: 1 // 0)
    assert keeps_out(addresses, marks, bans, NOW)
