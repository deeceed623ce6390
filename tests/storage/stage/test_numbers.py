"""Numbers of a show as its staff have them: live, at the end, over HTTP, after a crash, and on two nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.hub import REPAIRED
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.numbers import ShowNumbers
from liveroom.rooms.messages.order import OrderItem, RecordOrder
from liveroom.server.application import make_application
from tests.storage.stage.hall import Guest, Hall, opened
from tests.support.clock import FakeClock
from tests.support.http_app import HttpApp

ITEM = OrderItem(product="p1", title="裙", count=2, amount=9_900)
ORDER = RecordOrder(order_id="o1", user_id="ann", items=(ITEM,), amount=9_900, currency="CNY")


async def tick(hall: Hall, ms: int = 5_000) -> None:
    """Let the time pass, count by count."""
    for _ in range(0, ms, 5_000):
        await hall.wait(5_000)
        await hall.node.value.numbers.settle()


async def read(hall: Hall, path: str, user: str = "host", role: Role = Role.HOST) -> tuple[int, dict[str, Any]]:
    """A call to the room over HTTP."""
    app = HttpApp(hall.node, make_application(hall.node), hall.clock)
    rooms = ["demo"] if role is Role.HOST else None
    answer = await app.call("GET", f"/api/v1/rooms/demo/{path}", app.token(user, role, rooms))
    return answer.status_code, answer.json()


def shown(told: dict[str, Any]) -> ShowNumbers:
    """Numbers as they were told, with or without what is absent."""
    return ShowNumbers.model_validate_json(orjson.dumps(told))


async def counted(host: Guest, name: str, value: int) -> dict[str, Any]:
    """The numbers that the host was told, when a figure is so high."""
    told = await host.told("numbers.changed", lambda data: data["numbers"]["figures"][name] == value)
    numbers: dict[str, Any] = told["numbers"]
    return numbers


async def test_the_host_has_the_numbers_live_and_the_highlights_at_the_end(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann", member_of=["茶友"])
    await ann.ask("comment.send", {"text": "好看"})
    await ann.ask("comment.send", {"text": "什么时候发货？"})
    await hall.node.value.questions.settle()
    await hall.node.value.gifts.recorder.record(await hall.node.rooms.room("demo"), ORDER)
    await tick(hall, 65_000)
    live = await counted(host, "sales_amount", 9_900)
    assert live["status"] == "live"
    figures = live["figures"]
    assert {name: figures[name] for name in ("viewers", "comments", "orders", "pieces", "questions_open")} == {
        "viewers": 1,
        "comments": 2,
        "orders": 1,
        "pieces": 2,
        "questions_open": 1,
    }
    assert (figures["active_permille"], figures["member_permille"]) == (1000, 1000)
    assert 60 <= figures["stay_s"] <= 66
    assert live["comments_per_min"] == 2
    again = await (await hall.connect("host", Role.HOST)).ask("room.join")
    assert again["me"]["numbers"]["figures"]["sales_amount"] == 9_900
    assert "numbers" not in (await (await hall.connect("ann")).ask("room.join"))["me"]
    assert not ann.private("numbers.changed")
    await host.ask("room.end")
    await hall.node.value.numbers.settle()
    over = await host.told("numbers.changed", lambda data: data["numbers"]["status"] == "ended")
    kinds = {each["kind"]: each for each in over["numbers"]["highlights"]}
    assert {kind: (each["offset_s"], each["value"]) for kind, each in kinds.items()} == {
        "comments": (0, 2),
        "sales": (0, 9_900),
        "viewers": (0, 1),
    }
    hall.node.metrics.event_delivered("comment.sent", 0.05, 2)
    last, show = shown(over["numbers"]), over["numbers"]["show_id"]
    for path in ("numbers", f"shows/{show}"):
        status, told = await read(hall, path)
        delivery = {each["kind"]: each for each in told.pop("delivery", ())}
        assert (path == "numbers") == ("comment.sent" in delivery)
        assert (status, shown(told)) == (200, last)
    assert [shown(each) for each in (await read(hall, "shows"))[1]["shows"]] == [last]
    assert (await read(hall, "shows/show_none"))[0] == 404
    assert (await read(hall, f"shows/{show}", "ann", Role.VIEWER))[0] == 403


async def test_after_a_crash_a_show_goes_on_with_what_was_counted(
    sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with opened(sqlite_url, tmp_path / "data", clock) as hall:
        ann = await hall.enter("ann")
        await ann.ask("comment.send", {"text": "好看"})
        await tick(hall, 65_000)
    async with opened(sqlite_url, tmp_path / "data", clock) as again:
        host, ann = await again.enter("host", Role.HOST), await again.enter("ann")
        await tick(again)
        await ann.ask("comment.send", {"text": "真好看"})
        await tick(again)
        assert (await counted(host, "comments", 2))["status"] == "live"
        assert (await read(again, "numbers"))[1]["figures"]["comments"] == 2


async def test_comments_that_were_missed_and_read_from_the_history_count(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ann.ask("comment.send", {"text": "好看"})
    await tick(hall)
    await counted(host, "comments", 1)
    hub = hall.node.hub
    fanout = hub.get("demo")
    assert fanout is not None
    [said] = [each for each in fanout.ring.tail(0) or () if orjson.loads(each)["kind"] == "comment.sent"]
    hub.on_events("demo", fanout.epoch, fanout.ring.last_seq + 1, [Event(REPAIRED, said)])
    await tick(hall)
    await counted(host, "comments", 2)


async def test_an_end_that_nobody_noticed_is_noted_when_the_record_is_read(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await hall.enter("host", Role.HOST)
    await tick(hall)
    monkeypatch.setattr(hall.node.value.numbers, "_hear", lambda *_: None)
    await host.ask("room.end")
    status, numbers = await read(hall, "numbers")
    assert (status, numbers["status"], numbers["ended_at"]) == (200, "ended", numbers["at"])
