"""Lotteries through the service: one entry for each viewer, drawn once, and anyone can work out who won."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.lottery import Entry, Prize
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules import draw
from liveroom.rooms.service import NewRoom
from liveroom.rooms.value.lotteries import entry_rows
from tests.storage.polls.hall import ROOM, Hall, host, opened, viewer
from tests.support.clock import FakeClock

PRIZES = [{"name": "免单"}, {"name": "满减券", "count": 3}]
BY_COMMENT = {"how": "comment", "keyword": "我要中奖"}
MINUTE_MS = 60_000


async def open_lottery(hall: Hall, key: str = "k1", **more: Any) -> str:
    """Open a lottery; gives its id."""
    wanted = {"title": "今晚抽奖", "prizes": PRIZES, "lasts_s": 60} | more
    made: str = (await hall.call(host(), "lottery.open", key, **wanted))["lottery"]["id"]
    return made


async def enter(hall: Hall, lottery: str, user: str, key: str = "", **traits: Any) -> dict[str, Any]:
    """Tap."""
    return await hall.call(viewer(user, **traits), "lottery.enter", key or f"e {lottery}", lottery=lottery)


async def say(hall: Hall, user: str, text: str, key: str = "c1") -> None:
    """Comment, and wait until what follows from it has happened."""
    await hall.call(viewer(user), "comment.send", key, text=text)
    await hall.node.value.lotteries.by_comment.settle()


async def receipts(hall: Hall, lottery: str) -> dict[str, Entry]:
    """Who has what receipt, from the facts, by number."""
    rows = await hall.read(
        "SELECT subject, answer FROM facts WHERE scope = :scope ORDER BY id", scope=f"lottery:{lottery}"
    )
    return {user: entry_rows.read_entry(answer) for user, answer in rows}


async def check_draw(hall: Hall, view: dict[str, Any]) -> None:
    """Work out the winners from the facts alone, as docs/lottery.md says."""
    held = await receipts(hall, view["id"])
    urn = draw.Urn()
    urn.add([entry.ticket for entry in held.values()])
    assert [entry.number for entry in held.values()] == list(range(1, len(held) + 1))
    prizes = [Prize(name=prize["name"], count=prize.get("count", 1)) for prize in view["prizes"]]
    assert view["commitment"] == draw.commit(view["id"], view["seed"], prizes)
    assert (view["entries"], view["entries_hash"]) == (len(held), urn.entries_hash)
    drawn = draw.hand_out(prizes, draw.draw(view["id"], view["seed"], urn, 4))
    people = list(held)
    assert [(each["prize"], each["number"], each["user"]["id"]) for each in view["winners"]] == [
        (prize, number, people[number - 1]) for prize, number in drawn
    ]


async def test_everybody_enters_once_and_the_winners_follow_from_seed_and_entries(hall: Hall) -> None:
    lottery = await open_lottery(hall)
    first = await enter(hall, lottery, "ann")
    assert (first["outcome"], first["entry"]["number"], first["entry"]["name"]) == ("entered", 1, "Ann")
    assert await enter(hall, lottery, "ann") == first | {"duplicate": True}
    again = await enter(hall, lottery, "ann", "e2")
    assert again == {"outcome": "already_entered", "entry": first["entry"]}
    many = await asyncio.gather(*(enter(hall, lottery, f"u{at}") for at in range(60)))
    assert sorted(answer["entry"]["number"] for answer in many) == list(range(2, 62))
    assert (await hall.latest("lottery_entries"))["lotteries"] == {lottery: {"entries": 61, "n": 62}}
    await hall.wait(MINUTE_MS)
    shown = (await hall.shown("lotteries"))[lottery]
    assert (shown["status"], shown["entries"], "seed" in shown) == ("drawing", 61, False)
    assert (await enter(hall, lottery, "late"))["outcome"] == "not_open"
    await hall.wait(3_000)
    drawn = (await hall.shown("lotteries"))[lottery]
    assert (drawn["status"], len(drawn["winners"])) == ("drawn", 4)
    await check_draw(hall, drawn)
    [told] = await hall.webhooks("lottery.drawn")
    assert (told["winners"], told["seed"]) == (drawn["winners"], drawn["seed"])
    await hall.wait(600_000)
    assert lottery not in await hall.shown("lotteries")


async def test_entries_and_the_draw_at_the_same_moment_leave_nobody_in_between(hall: Hall) -> None:
    lottery = await open_lottery(hall)
    taps = [enter(hall, lottery, f"u{at}") for at in range(80)]
    draws = [hall.call(host(who), "lottery.draw", lottery=lottery) for who in ("host", "second")]
    answers = await asyncio.gather(*taps[:40], *draws, *taps[40:])
    outcomes = Counter(answer.get("outcome") for answer in answers)
    assert outcomes["entered"] + outcomes["not_open"] == 80
    assert answers[40]["lottery"] == answers[41]["lottery"]
    assert answers[40]["lottery"]["entries"] == outcomes["entered"]
    await hall.wait(3_000)
    await check_draw(hall, (await hall.shown("lotteries"))[lottery])


async def test_a_lottery_is_drawn_after_a_restart_in_every_state(url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with opened(url, tmp_path / "data", clock) as hall:
        lottery = await open_lottery(hall)
        first = await enter(hall, lottery, "ann")
        shown = await hall.shown("lotteries")
    async with opened(url, tmp_path / "data", clock) as hall:
        assert await hall.shown("lotteries") == shown
        assert (await hall.latest("lottery_entries"))["lotteries"] == {lottery: {"entries": 1, "n": 2}}
        assert await enter(hall, lottery, "ann") == first | {"duplicate": True}
        await enter(hall, lottery, "bob")
        await hall.call(host(), "lottery.draw", lottery=lottery)
    async with opened(url, tmp_path / "data", clock) as hall:
        assert (await hall.shown("lotteries"))[lottery]["status"] == "drawing"
    clock.advance(MINUTE_MS)
    async with opened(url, tmp_path / "data", clock) as hall:
        await hall.wait(500)
        drawn = (await hall.shown("lotteries"))[lottery]
        assert {winner["user"]["id"] for winner in drawn["winners"]} == {"ann", "bob"}
        assert drawn["commitment"] == shown[lottery]["commitment"]
        await check_draw(hall, drawn)
    async with opened(url, tmp_path / "data", clock) as hall:
        assert (await hall.shown("lotteries"))[lottery] == drawn
        assert len(await hall.webhooks("lottery.drawn")) == 1


async def test_two_nodes_draw_once(url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with opened(url, tmp_path / "data", clock) as hall, opened(url, tmp_path / "data", clock) as other:
        lottery = await open_lottery(hall)
        both = await asyncio.gather(
            *(enter(each, lottery, f"u{at % 7}", f"e{at}") for at, each in enumerate([hall, other] * 7))
        )
        assert Counter(answer["outcome"] for answer in both) == {"entered": 7, "already_entered": 7}
        for _ in range(130):
            clock.advance(500)
            await asyncio.gather(*(each.node.value._timers.settle() for each in (hall, other)))
        history = await hall.node.storage.documents.history("lottery", lottery, 0, 10)
        assert [step.to_state["status"] for step in history] == ["open", "drawing", "drawn"]
        assert len(await hall.webhooks("lottery.drawn")) == 1


async def test_who_says_the_keyword_has_entered_and_is_told_so(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str | None, dict[str, Any]]] = []

    async def keep(room: str | None, target: Target, payload: bytes) -> None:
        told.append((target.user_id, orjson.loads(payload)))

    monkeypatch.setattr(hall.node.hub.backplane, "send_private", keep)
    lottery = await open_lottery(hall, way=BY_COMMENT)
    await hall.shown("lotteries")
    assert (await enter(hall, lottery, "ann"))["outcome"] == "comment_needed"
    await say(hall, "ann", "主播好")
    assert await receipts(hall, lottery) == {}
    await say(hall, "ann", "我 要 中 奖！", "c2")
    await say(hall, "ann", "我要中奖我要中奖", "c3")
    held = await receipts(hall, lottery)
    assert list(held) == ["ann"]
    entered = [(user, event["data"]) for user, event in told if event["kind"] == "lottery.entered"]
    assert entered == [("ann", {"lottery": lottery, "outcome": "entered", "entry": held["ann"].model_dump()})]
    await hall.call(host(), "comment.send", "h1", text="我要中奖")
    await hall.call(host(), "lottery.draw", lottery=lottery)
    await hall.wait(3_000)
    won = [(user, event["data"]) for user, event in told if event["kind"] == "lottery.won"]
    assert won == [("ann", {"lottery": lottery, "title": "今晚抽奖", "prize": "免单", "number": 1})]


async def test_an_entry_by_comment_that_could_not_be_kept_is_tried_again(
    sqlite_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = sqlite_hall
    lottery = await open_lottery(hall, way=BY_COMMENT)
    await hall.shown("lotteries")

    def refuse(fact: Any) -> None:
        raise RealtimeError(ErrorCode.OVERLOADED, "too much", retry_after_ms=100)

    with monkeypatch.context() as busy:
        busy.setattr(hall.node.storage.ledger, "submit", refuse)
        await say(hall, "ann", "我要中奖")
        assert await receipts(hall, lottery) == {}
    hall.clock.advance(1_000)
    await say(hall, "bob", "我要中奖")
    assert set(await receipts(hall, lottery)) == {"ann", "bob"}


async def test_what_is_for_members_is_for_members(hall: Hall) -> None:
    lottery = await open_lottery(hall, audience={"member": True})
    assert await enter(hall, lottery, "ann") == {"outcome": "not_eligible", "rule": "member"}
    assert (await enter(hall, lottery, "ann", member_of=["茶友"]))["outcome"] == "entered"


async def test_a_lottery_that_nobody_entered_is_drawn_and_has_no_winner(hall: Hall) -> None:
    lottery = await open_lottery(hall)
    await hall.call(host(), "lottery.draw", lottery=lottery)
    await hall.wait(3_000)
    drawn = (await hall.shown("lotteries"))[lottery]
    assert (drawn["status"], drawn["entries"], drawn["winners"]) == ("drawn", 0, [])


async def test_a_cancelled_lottery_leaves_and_is_never_drawn(hall: Hall) -> None:
    lottery = await open_lottery(hall)
    await enter(hall, lottery, "ann")
    cancelled = await hall.call(host(), "lottery.cancel", lottery=lottery)
    assert "seed" not in cancelled["lottery"]
    assert lottery not in await hall.shown("lotteries")
    await hall.wait(2 * MINUTE_MS)
    assert (await hall.node.value.lotteries.all.report(ROOM, lottery)).state.winners is None
    other = await open_lottery(hall, "k2")
    await hall.call(host(), "lottery.draw", lottery=other)
    with pytest.raises(Refusal) as refused:
        await hall.call(host(), "lottery.cancel", lottery=other)
    assert refused.value.facts["state"] == "drawing"


async def test_a_repeated_announcement_is_the_same_lottery_with_the_same_seed(hall: Hall) -> None:
    first = await hall.call(host(), "lottery.open", "k1", title="t", prizes=PRIZES)
    hall.clock.advance(1_000)
    assert await hall.call(host(), "lottery.open", "k1", title="t", prizes=PRIZES) == first | {"duplicate": True}
    with pytest.raises(Refusal) as refused:
        await hall.call(host(), "lottery.open", "k1", title="t", prizes=PRIZES, way=BY_COMMENT)
    assert refused.value.code == ErrorCode.KEY_CONFLICT
    seeds = await hall.read("SELECT state FROM documents WHERE kind = 'lottery'")
    assert len(seeds) == 1


async def test_no_more_lotteries_are_open_than_the_scene_allows(sqlite_hall: Hall) -> None:
    for at in range(3):
        await open_lottery(sqlite_hall, f"k{at}")
    with pytest.raises(Refusal) as refused:
        await open_lottery(sqlite_hall, "k4")
    assert refused.value.facts["state"] == "full"


async def test_a_join_tells_of_the_own_entry(hall: Hall) -> None:
    lottery = await open_lottery(hall)
    await hall.shown("lotteries")
    assert await hall.mine(viewer("ann")) == {}
    entry = (await enter(hall, lottery, "ann"))["entry"]
    assert await hall.mine(viewer("ann")) == {"entries": {lottery: entry}}
    assert await hall.mine(viewer("bob")) == {}
    assert await hall.mine(host()) == {}


async def test_a_lottery_of_another_room_is_not_there(sqlite_hall: Hall) -> None:
    hall = sqlite_hall
    lottery = await open_lottery(hall)
    await hall.node.rooms.create(NewRoom("other", "t", "show", Person(id="host", name="h"), RoomSettings()), "op")
    await hall.call(host(), "room.go_live", None, "other")
    for who, type_ in [(host(), "lottery.draw"), (viewer("ann"), "lottery.enter")]:
        with pytest.raises(Refusal) as refused:
            await hall.call(who, type_, "x1", "other", lottery=lottery)
        assert refused.value.code == ErrorCode.NOT_FOUND


async def test_a_scene_without_lotteries_says_so(sqlite_url: str, tmp_path: Path, clock: FakeClock) -> None:
    async with opened(sqlite_url, tmp_path / "data", clock, "one_to_one") as hall:
        with pytest.raises(Refusal) as refused:
            await open_lottery(hall)
        assert (refused.value.code, refused.value.facts["state"]) == (ErrorCode.WRONG_STATE, "off")


async def test_many_entries_are_read_in_pieces_and_in_order(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_rows, "PIECE", 7)
    monkeypatch.setattr(entry_rows, "_PAGE", entry_rows._PAGE.limit(7))
    lottery = await open_lottery(hall)
    await asyncio.gather(*(enter(hall, lottery, f"u{at}") for at in range(30)))
    await hall.call(host(), "lottery.draw", lottery=lottery)
    await hall.wait(3_000)
    await check_draw(hall, (await hall.shown("lotteries"))[lottery])
    state = await hall.node.value.lotteries.all.find(lottery)
    tickets = await hall.node.value.lotteries.all.tickets(state)
    assert list(tickets) == [entry.ticket for entry in (await receipts(hall, lottery)).values()]
