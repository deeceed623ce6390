"""The JavaScript client in Chromium, where the suite cannot look: bounds, timers, and the same tables as in Python."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect

from liveroom.realtime.client.backoff import Backoff, may_reconnect
from liveroom.realtime.client.commands import PENDING_MAX
from liveroom.realtime.client.fold import empty_state, fold, from_snapshot
from tests.clients.adapters.browser_adapter import DevTools, open_page
from tests.clients.fakes import comment

Run = Callable[[str], Awaitable[Any]]

SURROUND = """const { surround, turn } = await import("/surroundings.mjs");
        const { live, room, time, wire, welcome } = surround();"""


@pytest.fixture
async def run(browser_page: tuple[str, str]) -> AsyncIterator[Run]:
    """Runs the body of an async function in the page and gives what it returns."""
    devtools_url, page_url = browser_page
    async with connect(devtools_url, compression=None, max_size=None, ping_interval=None) as socket:
        devtools = DevTools(socket)
        listening = asyncio.create_task(devtools.listen())
        context, session = await open_page(devtools, page_url)

        async def evaluate(body: str) -> Any:
            expression = f"(async () => {{ {body} }})().then(JSON.stringify)"
            options = {"expression": expression, "awaitPromise": True, "returnByValue": True}
            result = await devtools.call("Runtime.evaluate", session, **options)
            assert "exceptionDetails" not in result, result["exceptionDetails"]
            return json.loads(result["result"]["value"])

        yield evaluate
        await devtools.call("Target.disposeBrowserContext", browserContextId=context)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


def campaign_changed(id_: str, status: str, version: int) -> dict[str, Any]:
    """What clients look at of such an event."""
    return {
        "kind": "campaign.changed",
        "ts": 3,
        "data": {"change": "edited", "campaign": {"id": id_, "status": status, "version": version}},
    }


async def test_both_clients_fold_alike(run: Run) -> None:
    """A show with more comments than are kept, campaigns that come and go, and a kind that neither knows."""
    snapshot: dict[str, Any] = {"room": {"id": "demo", "title": "A", "status": "created"}, "show": None, "comments": []}
    said = [comment(number) for number in range(250)]
    life = [
        {"kind": "room.opened", "ts": 1, "data": {}},
        {"kind": "room.went_live", "ts": 2, "data": {"show_id": "s1", "started_at": 2}},
        *said,
        {"kind": "room.updated", "ts": 3, "data": {"title": "B"}},
        *(campaign_changed(*facts) for facts in (("a", "active", 1), ("b", "active", 1), ("a", "paused", 3))),
        *(campaign_changed(*facts) for facts in (("a", "active", 2), ("b", "ended", 2))),
        {"kind": "aurora.seen", "ts": 4, "data": {"title": "C"}},
        {"kind": "constructor", "ts": 5, "data": {}},
    ]
    events = [event | {"seq": seq} for seq, event in enumerate(life, 1)]
    state = from_snapshot(snapshot)
    for event in events:
        state = fold(state, event)
    body = f"""const {{ fold, fromSnapshot }} = await import("/web/client/fold.js");
        return {json.dumps(events)}.reduce(fold, fromSnapshot({json.dumps(snapshot)}))"""
    assert await run(body) == state
    assert set(state) == set(empty_state())
    assert state["campaigns"] == {"a": {"id": "a", "status": "paused", "version": 3}}


async def test_both_clients_read_close_codes_and_wait_alike(run: Run) -> None:
    """Every code that can come, and the waits of twelve attempts."""
    body = """const { Backoff, mayReconnect } = await import("/web/client/backoff.js");
        const backoff = new Backoff(() => 1), codes = Array.from({ length: 4000 }, (_, at) => 1000 + at);
        return { codes: codes.filter(mayReconnect), waits: Array.from({ length: 12 }, () => backoff.next(7)) }"""
    backoff = Backoff(lambda: 1.0)
    got = await run(body)
    assert got["codes"] == [code for code in range(1000, 5000) if may_reconnect(code)]
    assert got["waits"] == [backoff.next_ms(7) for _ in range(12)]


async def test_one_command_more_than_the_bound_is_refused_at_once(run: Run) -> None:
    """While there is no connection."""
    body = f"""{SURROUND}
        const one = () => room.send("like.send", {{ count: 1 }}).catch((e) => e.code);
        const ends = Array.from({{ length: {PENDING_MAX + 1} }}, one);
        const first = await Promise.race(ends);
        live.close();
        return [first, (await Promise.all(ends)).filter((code) => code === "closed").length]"""
    assert await run(body) == ["too_many_pending", PENDING_MAX]


async def test_a_command_ends_unanswered_after_ten_seconds_or_is_too_big(run: Run) -> None:
    """Both are told at this side of the wire."""
    body = f"""{SURROUND}
        await welcome({{ limits: {{ message_bytes: 200 }} }});
        const big = await room.send("comment.send", {{ text: "长".repeat(70) }}).catch((e) => e.code);
        const told = ({{ code, retryable, key }}) => [code, retryable, key];
        const waiting = room.send("comment.send", {{ text: "hi" }}, {{ key: "k1" }}).catch(told);
        time.advance(9_999);
        const early = await Promise.race([waiting, turn()]);
        time.advance(1);
        return {{ big, early: early ?? null, end: await waiting, sent: wire.socket.sent.map(({{ type }}) => type) }}"""
    assert await run(body) == {
        "big": "message_too_big",
        "early": None,
        "end": ["no_answer", True, "k1"],
        "sent": ["connect", "comment.send"],
    }


async def test_the_server_clock_follows_the_monotonic_one(run: Run) -> None:
    """Set by `connected`, corrected by half of a ping's round trip."""
    body = f"""{SURROUND}
        await welcome(); time.ms += 100;
        const before = live.serverNow(), pinging = live.ping(), {{ id }} = wire.socket.sent.at(-1);
        time.ms += 40;
        wire.socket.say({{ type: "pong", id, server_time: 9_000 }});
        return [before, await pinging, live.serverNow()]"""
    assert await run(body) == [5_100, 40, 9_020]


async def test_a_listener_that_throws_stops_nothing(run: Run) -> None:
    """It is reported, and the next one and the next event are told."""
    body = f"""{SURROUND}
        const reported = [], told = [];
        globalThis.reportError = (fault) => reported.push(fault.message);
        room.on("likes", () => {{ throw new Error("mine"); }});
        room.on("likes", ({{ total }}) => told.push(total));
        await welcome();
        const say = (total) => wire.socket.say({{ type: "latest", room: "demo", values: {{ likes: {{ total }} }} }});
        say(1);
        say(2);
        return {{ reported, told, totals: room.state.totals }}"""
    assert await run(body) == {"reported": ["mine", "mine"], "told": [1, 2], "totals": {"likes": {"total": 2}}}


async def test_several_frames_in_one_turn_are_taken_in_order(run: Run) -> None:
    """The answer to a repair and the event after it, without a pause between them (some runtimes deliver so)."""
    body = f"""{SURROUND}
        await welcome();
        const seqs = [], event = {{ kind: "comment.sent", ts: 1, data: {{}} }};
        room.on("comment.sent", (_, {{ seq }}) => seqs.push(seq));
        const say = (seq) => wire.socket.say({{ type: "events", room: "demo", seq, events: [event] }});
        say(11); say(13);
        const {{ id, data }} = wire.socket.sent.at(-1);
        const missed = {{ recovered: true, epoch: "e1", seq: 13, events: [event, event] }};
        wire.socket.say({{ type: "ack", id, data: missed }});
        say(14);
        return {{ data, seqs, joins: wire.socket.sent.filter(({{ type }}) => type === "room.join").length }}"""
    assert await run(body) == {"data": {"epoch": "e1", "seq": 11}, "seqs": [11, 12, 13, 14], "joins": 1}


async def test_the_return_of_the_network_ends_a_wait_but_not_what_the_server_asked(run: Run) -> None:
    """`online` is told by the browser; retry_after_ms stays the lower bound."""
    body = f"""{SURROUND}
        await welcome();
        const first = wire.socket, online = async () => {{ dispatchEvent(new Event("online")); await turn(); }};
        first.say({{ type: "disconnect", code: 4102, reason: "busy", reconnect: true, retry_after_ms: 1_000 }});
        first.onclose({{ code: 4102, reason: "" }});
        time.advance(999);
        await online();
        const early = wire.socket === first;
        time.advance(1);
        await online();
        return [early, wire.socket === first]"""
    assert await run(body) == [True, False]
