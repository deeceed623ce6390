"""The stage and its media: a seat lets a guest be heard and seen, and nothing else does."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.client import CommandRefused
from tests.media.test_signalling import Attendee, Enter, enter, only_loopback, room

__all__ = ["enter", "only_loopback", "room"]

pytestmark = pytest.mark.usefixtures("only_loopback")


async def _warm(enter: Enter, user_id: str = "guest") -> tuple[Attendee, Attendee]:
    """A host on the air, and a guest who has applied and whose connection stands."""
    host, guest = await enter("host", "host"), await enter(user_id)
    await host.connect()
    await guest.room.send("stage.apply", kind="video")
    await guest.connect()
    mine = await guest.until_mine(lambda media: media["state"] == "connected")
    assert not mine["kinds"]
    return host, guest


def _shows(user_id: str):  # type: ignore[no-untyped-def] # a small closure
    return lambda media: any(slot.get("user_id") == user_id for slot in media["slots"])


async def test_an_accepted_guest_and_the_host_see_each_other_on_the_warm_connection(enter: Enter) -> None:
    host, guest = await _warm(enter)
    await host.room.send("stage.accept", user_id="guest")
    seen, shown = await asyncio.gather(guest.until_mine(_shows("host")), host.until_mine(_shows("guest")))
    await asyncio.gather(
        guest.robot.until_gets(seen["slots"][0]["video"], 2), host.robot.until_gets(shown["slots"][0]["video"], 2)
    )


async def test_what_the_staff_switch_off_is_not_sent_any_more(enter: Enter) -> None:
    host, guest = await _warm(enter)
    await host.room.send("stage.accept", user_id="guest")
    await guest.until_mine(lambda media: sorted(media["kinds"]) == ["audio", "video"])
    await host.room.send("stage.allow", user_id="guest", mic=False)
    await guest.until_mine(lambda media: media["kinds"] == ["video"])
    on_air = {"host": ["audio", "video"], "guest": ["video"]}
    await host.until(
        "media_stage", lambda data: {each["user_id"]: each["kinds"] for each in data.get("on_air", ())} == on_air
    )


async def test_who_is_taken_off_the_stage_is_not_heard_and_gets_no_new_ticket(enter: Enter) -> None:
    host, guest = await _warm(enter)
    await host.room.send("stage.accept", user_id="guest")
    await guest.until_mine(lambda media: bool(media["kinds"]))
    await host.room.send("stage.remove", user_id="guest")
    await guest.until_mine(lambda media: not media["kinds"] and not _shows("host")(media))
    with pytest.raises(CommandRefused) as refused:
        await guest.room.send("media.prepare")
    assert refused.value.code == "wrong_state"


async def test_the_old_ticket_of_who_was_removed_gives_no_right(enter: Enter) -> None:
    host, guest = await _warm(enter)
    await host.room.send("stage.accept", user_id="guest")
    await host.until_mine(_shows("guest"))
    await host.room.send("stage.remove", user_id="guest")
    await host.until_mine(lambda media: not _shows("guest")(media))
    await guest.connect_again()
    again = guest.robot.session
    mine = await guest.until_mine(lambda media: (media["state"], media.get("session")) == ("connected", again))
    assert not mine["kinds"]
    assert not _shows("host")(mine)


async def test_who_is_kicked_is_off_the_air_and_the_old_ticket_brings_nothing_back(enter: Enter) -> None:
    host, guest = await _warm(enter, "kicked")
    await host.room.send("stage.accept", user_id="kicked")
    await host.until_mine(_shows("kicked"))
    await host.room.send("user.kick", user_id="kicked")
    await host.until_mine(lambda media: not _shows("kicked")(media))
    again = await enter("kicked")
    again.robot.ticket = guest.robot.ticket
    with pytest.raises(CommandRefused) as refused:
        await again.connect_again()
    assert refused.value.code == "not_found"
