"""A process that dies with the stage in any state, and two that share one: the disk is all the next one has."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.stage import AcceptApplicant, ApplyForStage
from liveroom.rooms.messages.stage_view import StageKind
from tests.storage.stage.hall import ROOM, Hall, opened
from tests.support.clock import FakeClock

VIDEO = {"kind": "video"}
FILE = "liveroom.sqlite3"


def die(hall_at: Path, to: Path) -> Path:
    """What is on the disk at this moment, which is what a killed process leaves behind, at another place."""
    to.mkdir()
    with closing(sqlite3.connect(hall_at / FILE)) as now, closing(sqlite3.connect(to / FILE)) as left:
        now.backup(left)
    return to


async def fill(hall: Hall) -> None:
    """Somebody in every standing, and a seat in every state."""
    host = await hall.enter("host", Role.HOST)
    people = {name: await hall.enter(name) for name in ("ann", "bob", "cid", "dan", "eve")}
    for name in ("cid", "dan", "eve"):
        await people[name].ask("stage.apply", VIDEO)
        await host.ask("stage.accept", {"user_id": name})
    await host.ask("stage.remove", {"user_id": "eve"})
    await people["ann"].ask("stage.apply", {"kind": "video", "line": "tea"})
    await host.ask("stage.invite", {"user_id": "bob", "kind": "audio", "name": "Bob"})
    await host.ask("stage.lock", {"seat": 5})
    await host.ask("stage.reserve", {"seat": 6, "user_id": "fay", "name": "Fay"})
    people["dan"].hang_up()
    await hall.wait(2_000)
    await host.seen("stage.changed", lambda data: data["stage"]["seats"][1]["guest"].get("away", False))
    assert (await stood(hall)) == {"ann": "waiting", "bob": "invited", "cid": "seated", "dan": "away"}


async def stood(hall: Hall) -> dict[str, str]:
    """Who has which standing, as it is kept."""
    state = await hall.node.value.stage.read(ROOM)
    assert state is not None
    return {guest.user.id: state.standing_of(guest.user.id).value for guest in state.guests}


async def seats(hall: Hall) -> list[str]:
    """The states of the seats, as somebody sees them who enters."""
    joined = await (await hall.connect("somebody")).ask("room.join")
    return [seat["status"] for seat in joined["snapshot"]["stages"][ROOM]["seats"]]


async def test_after_a_kill_everybody_is_where_they_were_and_it_goes_on_or_ends_by_its_rules(
    tmp_path: Path, clock: FakeClock
) -> None:
    at = tmp_path / "data"
    async with opened("sqlite:", at, clock) as hall:
        await fill(hall)
        before = await seats(hall)
        left, again = die(at, tmp_path / "left"), die(at, tmp_path / "again")
    assert before == ["taken", "taken", "held", "free", "locked", "reserved"]
    async with opened("sqlite:", again, clock) as back:
        assert await seats(back) == before
        for name, standing in {"ann": "waiting", "bob": "invited", "cid": "seated"}.items():
            joined = await (await back.connect(name)).ask("room.join")
            assert joined["me"]["stage"]["standing"] == standing
        host, dan = await back.enter("host", Role.HOST), await back.enter("dan")
        await dan.told("stage.place_changed", lambda data: data["stage"]["standing"] == "seated")
        refused = await (await back.enter("eve")).ask("stage.apply", VIDEO)
        assert refused["reason"] == "resting"
        bob = await back.enter("bob")
        assert (await bob.ask("stage.answer", {"accept": True}))["stage"]["standing"] == "seated"
        assert (await host.ask("stage.accept", {"user_id": "ann"}))["stage"]["standing"] == "seated"
        fay = await back.enter("fay")
        assert (await fay.ask("stage.apply", VIDEO))["stage"]["grant"]["seat"] == 6
        assert await seats(back) == ["taken", "taken", "taken", "taken", "locked", "taken"]
    async with opened("sqlite:", left, clock) as alone:
        assert (await stood(alone))["cid"] == "seated"
        await alone.wait(14_000)
        assert {"ann", "cid", "dan"} <= set(await stood(alone)), "an outage costs nobody the time to come back"
        await alone.wait(60_000)
        assert await stood(alone) == {}
        assert await seats(alone) == ["free", "free", "free", "free", "locked", "reserved"]


@pytest.mark.parametrize("status", ["open", "closed", "ended"])
async def test_after_a_kill_the_stage_is_open_or_not_as_it_was(tmp_path: Path, clock: FakeClock, status: str) -> None:
    async with opened("sqlite:", tmp_path / "data", clock) as hall:
        host = await hall.enter("host", Role.HOST)
        await host.ask("stage.configure", {"applications": status != "closed"})
        await host.ask("stage.lock", {"seat": 1})
        if status == "ended":
            await host.ask("room.end")  # the stage hears of it later, perhaps too late
        left = die(tmp_path / "data", tmp_path / "left")
    async with opened("sqlite:", left, clock) as again:
        await again.enter("bob")
        await again.settle()
        ann = await again.connect("ann")
        joined = await ann.ask("room.join")
        assert (ROOM in joined["snapshot"].get("stages", {})) == (status != "ended")
        answer = await ann.ask("stage.apply", VIDEO)
        told = answer["stage"]["standing"] if "stage" in answer else answer.get("reason", answer["code"])
        assert told == {"open": "waiting", "closed": "stage_closed", "ended": "room_not_open"}[status]


async def test_two_processes_give_a_seat_to_one(url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with AsyncExitStack() as stack:
        halls = [await stack.enter_async_context(opened(url, tmp_path / "data", clock)) for _ in range(2)]
        for hall in halls:
            await hall.change_scene(seats=1)
        people = [f"u{number}" for number in range(6)]
        for at, user_id in enumerate(people):
            await halls[at % 2].call(user_id, "stage.apply", ApplyForStage(kind=StageKind.VIDEO))

        async def accept(at: int, user_id: str) -> Any:
            try:
                return await halls[at % 2].call("host", "stage.accept", AcceptApplicant(user_id=user_id), Role.HOST)
            except RealtimeError as error:
                return error.facts.get("reason", error.code)

        told = await asyncio.gather(*(accept(at, user_id) for at, user_id in enumerate(people)))
        refused = [each for each in told if isinstance(each, str)]
        assert (len(told) - len(refused), set(refused)) == (1, {"stage_full"})
        standings = [await stood(hall) for hall in halls]
        assert standings[0] == standings[1]
        assert sorted(standings[0].values()) == ["seated", *["waiting"] * 5]
