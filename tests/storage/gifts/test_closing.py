"""Combos are closed by the server, once, with one settlement, whatever node or restart sees to it."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from sqlalchemy import text

from liveroom.realtime.backplane.base import Target
from liveroom.rooms.scene_files import parse_scene
from liveroom.rooms.value.gifts.settling import settle_fact
from tests.rooms.builders import SMALL_SCENE
from tests.storage.gifts.conftest import Open
from tests.storage.gifts.stall import Stall

WINDOW_MS = 5_000
THANKS = """
[[thanks]]
name = "gift"
weight = 40
text = { zh = ["谢 {name} {gift} {count}"], en = ["thank {name} {gift} {count}"] }
"""


async def test_a_combo_ends_when_its_window_is_over_and_not_before(stall: Stall) -> None:
    await stall.give(key="a")
    await stall.wait(WINDOW_MS - 500)
    await stall.give(key="b")
    await stall.wait(WINDOW_MS - 500)
    assert stall.told("gift.combo_closed") == []
    await stall.wait(1_000)
    [closed] = stall.told("gift.combo_closed")
    assert (closed["count"], closed["amount"]) == (2, 20)
    [settled] = stall.hooked("gift.settled")
    assert settled["settlement_id"] == closed["settlement_id"]
    assert (settled["user_id"], settled["amount"], settled["currency"]) == ("ann", 20, "COIN")
    assert (await stall.give(key="c"))["combo"]["id"] != closed["combo"]


async def test_a_gift_without_a_window_is_settled_when_it_is_sent(stall: Stall) -> None:
    answer = await stall.give(gift="ship", count=2)
    await stall.settle()
    assert "combo" not in answer
    [settled] = stall.hooked("gift.settled")
    assert (settled["count"], settled["amount"]) == (2, 10_000)
    [told] = stall.told("gift.sent")
    assert "ends_at" not in told
    await stall.wait(10_000)
    assert stall.told("gift.combo_closed") == []
    assert len(stall.hooked("gift.settled")) == 1


async def test_combos_that_a_process_left_open_are_closed_after_the_next_start(
    url: str, open_stall: Open, stall: Stall
) -> None:
    await asyncio.gather(*(stall.give(f"u{number}") for number in range(5)))
    await stall.closer.stop()
    await stall.wait(60_000, step_ms=10_000)
    assert stall.told("gift.combo_closed") == []
    heir = await open_stall(url)
    await heir.settle()
    assert len({closed["settlement_id"] for closed in heir.told("gift.combo_closed")}) == 5
    assert len(heir.hooked("gift.settled")) == 5


async def test_nodes_that_close_at_the_same_time_settle_once(url: str, open_stall: Open, stall: Stall) -> None:
    other = await open_stall(url)
    await asyncio.gather(*(stall.give(f"u{number}") for number in range(20)))
    await stall.wait(4_000)
    stall.clock.advance(5_000)
    await asyncio.gather(stall.settle(), other.settle())
    closed = stall.told("gift.combo_closed") + other.told("gift.combo_closed")
    assert len(closed) == len({each["combo"] for each in closed}) == 20
    assert len(stall.hooked("gift.settled") + other.hooked("gift.settled")) == 20


async def test_who_asks_too_early_or_twice_changes_nothing(stall: Stall) -> None:
    combo = (await stall.give())["combo"]
    early = await stall.ledger.write(settle_fact(combo["id"], "r1", stall.clock.now_ms()))
    assert orjson.loads(early.data) == {"due_at": combo["ends_at"]}
    await stall.wait(6_000)
    again = await stall.ledger.write(settle_fact(combo["id"], "r1", stall.clock.now_ms()))
    assert orjson.loads(again.data)["settlement_id"] == stall.hooked("gift.settled")[0]["settlement_id"]
    assert len(stall.hooked("gift.settled")) == 1
    async with stall.database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM facts WHERE kind = 'gift.settle'")) == 1


async def test_the_staff_is_told_whom_to_thank_with_the_final_count(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall.scene = parse_scene("small.toml", SMALL_SCENE + THANKS)
    heard: list[tuple[Target, bytes]] = []

    async def send_private(room: str | None, target: Target, payload: bytes) -> None:
        heard.append((target, payload))

    monkeypatch.setattr(stall.backplane, "send_private", send_private)
    await stall.give(count=3)
    await stall.wait(6_000)
    [(target, payload)] = heard
    cue = orjson.loads(payload)
    assert {role.value for role in target.roles} == {"host", "moderator"}
    assert (cue["kind"], cue["data"]["line"], cue["data"]["reasons"]) == ("cue.shown", "thank Ann Rose 3", ["gift"])


async def test_a_clock_that_jumps_back_neither_ends_a_combo_nor_stretches_it(stall: Stall) -> None:
    first = (await stall.give(key="a"))["combo"]
    clock = stall.clock
    clock._start_ms -= 3_600_000
    second = (await stall.give(key="b"))["combo"]
    assert second == replace_count(first)
    clock._start_ms += 3_600_000
    await stall.wait(6_000)
    assert [closed["count"] for closed in stall.told("gift.combo_closed")] == [2]


def replace_count(combo: dict[str, object]) -> dict[str, object]:
    """The combo after one more rose at the same moment."""
    return combo | {"count": 2, "amount": 20}
