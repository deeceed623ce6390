"""The JavaScript client in Chromium, where the suite cannot look: bounds, timers, and the same tables as in Python."""

from __future__ import annotations

import json
from typing import Any

from liveroom.realtime.client.backoff import Backoff, may_reconnect
from liveroom.realtime.client.commands import PENDING_MAX
from liveroom.realtime.client.fold import empty_state, fold, from_snapshot
from tests.clients.conftest import SURROUND, Run
from tests.clients.fakes import comment


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
        const {{ sent }} = wire.socket, told = ({{ code, retryable, key }}) => [code, retryable, key];
        const waiting = room.send("comment.send", {{ text: "hi" }}, {{ key: "k1" }}).catch(told);
        time.advance(9_999);
        const early = await Promise.race([waiting, turn()]);
        time.advance(1);
        return {{ big, early: early ?? null, end: await waiting, sent: sent.map(({{ type }}) => type) }}"""
    assert await run(body) == {
        "big": "message_too_big",
        "early": None,
        "end": ["no_answer", True, "k1"],
        "sent": ["connect", "comment.send", "ping"],
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


async def test_the_return_of_the_network_shortens_a_wait_but_not_what_the_server_asked(run: Run) -> None:
    """To half a second at most, since a whole venue hears `online` at once; retry_after_ms stays the lower bound."""
    body = f"""{SURROUND}
        await welcome();
        const online = async () => {{ dispatchEvent(new Event("online")); time.advance(0); await turn(); }};
        const end = async (more) => {{
          const socket = wire.socket;
          socket.say({{ type: "disconnect", code: 4102, reason: "busy", reconnect: true, ...more }});
          socket.onclose({{ code: 4102, reason: "" }});
          await turn();
          return socket;
        }};
        for (const wait_ms of [500, 1_000]) {{ await end(); time.advance(wait_ms); await turn(); }}
        const last = await end({{ retry_after_ms: 1_000 }}), held = () => wire.socket === last;
        const seen = [], look = () => seen.push(held());
        for (const ms of [999, 1, 499, 1]) {{ time.advance(ms); await turn(); look(); await online(); look(); }}
        return seen"""
    assert await run(body) == [True, True, True, True, True, True, False, False]


async def test_likes_without_an_answer_are_sent_again_as_the_same_batch_and_new_taps_after_it(run: Run) -> None:
    """So that the server, which may have counted them, counts them once."""
    body = """const { Likes } = await import("/web/viewer/likes.js");
        const again = { retryable: true, key: "k1" }, never = { retryable: false, key: "k3" };
        const sent = [], errors = [again, again, null, never];
        const likes = new Likes(document.createElement("div"), async (count, key) => {
          sent.push([count, key ?? null]);
          const error = errors.shift();
          if (error) throw error;
        });
        likes.plan = () => {};
        for (let at = 0; at < 3; at += 1) likes.tap();
        await likes.flush();
        for (let at = 0; at < 60; at += 1) likes.tap();
        for (let at = 0; at < 4; at += 1) await likes.flush();
        return { sent, mine: likes.mine, left: likes.pending, again: likes.again };"""
    assert await run(body) == {
        "sent": [[3, None], [3, "k1"], [3, "k1"], [50, None], [10, None]],
        "mine": 13,
        "left": 0,
        "again": None,
    }
