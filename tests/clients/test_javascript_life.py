"""How the JavaScript client notices a line that is dead without a word, and what it makes of the browser's news."""

from __future__ import annotations

from tests.clients.conftest import SURROUND, Run

STAGE = f"""{SURROUND}
        await welcome();
        const first = wire.socket, sent = (type) => wire.socket.sent.filter((frame) => frame.type === type);
        const browser = async (name, target = globalThis) => {{ target.dispatchEvent(new Event(name)); await turn(); }};
        const pong = () => wire.socket.say({{ type: "pong", server_time: 1 }});
        const statuses = [];
        live.on("status", (status) => statuses.push(status));
        const speak = () => room.send("comment.send", {{ text: "hi" }}).catch((error) => error.code);"""
BACK = '{ rooms: { demo: { recovered: true, epoch: "e1", seq: 10, events: [], totals: {}, me: {} } } }'


async def test_a_line_that_owes_an_answer_and_is_silent_is_left_after_seven_seconds(run: Run) -> None:
    """Asked after three, given up after four more; the command goes over the next one under its key."""
    body = f"""{STAGE}
        const sending = speak(), [before] = sent("comment.send");
        time.advance(2_999);
        const early = sent("ping").length;
        time.advance(1);
        const asked = sent("ping");
        time.advance(3_999);
        const held = live.status;
        time.advance(1);
        const left = live.status;
        time.advance(500);
        await welcome({BACK});
        const [{{ id, key }}] = sent("comment.send"), {{ rooms }} = sent("connect")[0];
        wire.socket.say({{ type: "ack", id, data: {{}}, duplicate: true }});
        const same = key === before.key, other = wire.socket !== first;
        return {{ early, asked, held, left, rooms, same, other, end: await sending }}"""
    assert await run(body) == {
        "early": 0,
        "asked": [{"type": "ping"}],
        "held": "connected",
        "left": "reconnecting",
        "rooms": {"demo": {"epoch": "e1", "seq": 10}},
        "same": True,
        "end": {"duplicate": True},
        "other": True,
    }


async def test_a_line_on_which_frames_come_is_not_asked(run: Run) -> None:
    """However long the answer takes; nor is a quiet one whose answers are there."""
    body = f"""{STAGE}
        const sending = speak();
        for (let at = 0; at < 4; at += 1) {{
          time.advance(2_400);
          wire.socket.say({{ type: "latest", room: "demo", values: {{ likes: {{ total: at }} }} }});
        }}
        time.advance(400);
        const end = await sending;
        speak();
        wire.socket.say({{ type: "ack", id: sent("comment.send")[1].id, data: {{}} }});
        time.advance(25_000);
        return [end, sent("ping").length, statuses]"""
    assert await run(body) == ["no_answer", 0, []]


async def test_a_sign_of_life_keeps_the_line_while_the_answer_is_late(run: Run) -> None:
    """A server that is slow with its database still answers a ping; it is asked again after three seconds."""
    body = f"""{STAGE}
        const sending = speak();
        for (let at = 0; at < 3; at += 1) {{ time.advance(3_000); pong(); }}
        time.advance(1_000);
        const end = await sending;
        time.advance(10_000);
        return [end, sent("ping").length, statuses]"""
    assert await run(body) == ["no_answer", 3, []]


async def test_the_return_of_the_network_ends_a_dead_line_within_four_seconds(run: Run) -> None:
    """And the next one is opened within half a second, since a whole venue may hear of its network at once; that is
    not counted as an attempt. A line that lives is left alone."""
    body = f"""{STAGE}
        await browser("online");
        pong();
        time.advance(10_000);
        const alive = [...statuses];
        await browser("online");
        await browser("online");
        const asked = sent("ping").length;
        time.advance(3_999);
        const held = [...statuses];
        time.advance(1 + 499);
        await turn();
        const early = wire.socket !== first;
        time.advance(1);
        await turn();
        const other = wire.socket !== first;
        await welcome({BACK});
        const second = wire.socket;
        second.onclose({{ code: 1006, reason: "" }});
        time.advance(500);
        await turn();
        return {{ alive, asked, held, early, other, statuses, again: wire.socket !== second }}"""
    assert await run(body) == {
        "alive": [],
        "asked": 2,
        "held": [],
        "early": False,
        "other": True,
        "statuses": ["reconnecting", "connected", "reconnecting"],
        "again": True,
    }


async def test_a_page_that_was_hidden_for_longer_than_the_heartbeat_asks(run: Run) -> None:
    """By the wall clock, since the other one may stand still while the machine sleeps."""
    body = f"""{STAGE}
        let now_ms = 0;
        Date.now = () => now_ms;
        const show = async (state) => {{
          Object.defineProperty(document, "visibilityState", {{ value: state, configurable: true }});
          await browser("visibilitychange", document);
        }};
        const away = async (ms) => {{
          await show("hidden");
          now_ms += ms;
          await show("visible");
          return sent("ping").length;
        }};
        return [await away(25_000), await away(25_001)]"""
    assert await run(body) == [0, 1]


async def test_another_kind_of_network_is_a_reason_to_ask_and_another_speed_is_none(run: Run) -> None:
    """`change` is also told for each guess of the speed; that there is none is told by `offline`."""
    body = f"""const connection = new EventTarget();
        connection.type = "wifi";
        Object.defineProperty(navigator, "connection", {{ value: connection }});
        {STAGE}
        const asked = [];
        for (const kind of ["wifi", "none", "cellular"]) {{
          connection.type = kind;
          await browser("change", connection);
          asked.push(sent("ping").length);
        }}
        return asked"""
    assert await run(body) == [0, 0, 1]


async def test_an_offline_browser_is_told_and_the_line_stays(run: Run) -> None:
    """What was on its way counts for nothing; a later frame, or one after `online`, proves the line."""
    body = f"""{STAGE}
        const seen = () => [live.status, statuses.length];
        await browser("offline");
        await browser("offline");
        pong();
        const told = seen();
        time.advance(1_000);
        pong();
        const proved = seen();
        await browser("offline");
        await browser("online");
        const asked = sent("ping").length, waits = seen();
        pong();
        return {{ told, proved, asked, waits, again: seen(), same: wire.socket === first, left: first.readyState }}"""
    assert await run(body) == {
        "told": ["reconnecting", 1],
        "proved": ["connected", 2],
        "asked": 1,
        "waits": ["reconnecting", 3],
        "again": ["connected", 4],
        "same": True,
        "left": 1,
    }


async def test_a_page_that_stood_still_asks_again_before_it_gives_up(run: Run) -> None:
    """A frozen page finds its timers due and its messages unread."""
    body = f"""{STAGE}
        live.check();
        time.ms += 9_000;
        time.advance(0);
        pong();
        time.advance(10_000);
        return [sent("ping").length, statuses]"""
    assert await run(body) == [2, []]


async def test_a_client_that_was_closed_hears_nothing_of_the_browser(run: Run) -> None:
    """No listener is left behind."""
    body = f"""{STAGE}
        live.close();
        for (const name of ["offline", "online"]) await browser(name);
        live.check();
        time.advance(60_000);
        await turn();
        return [statuses, sent("ping").length, wire.socket === first]"""
    assert await run(body) == [["closed"], 0, True]
