"""`reconnect`: the new connection is made before the old one is dropped."""

from __future__ import annotations

import asyncio
from typing import Any

from liveroom.server.conformance.peer import Peer
from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, comment, recovery, snapshot
from liveroom.server.conformance.verdict import Broken


@scenario(
    "make-before-break", "reconnect: open a new connection, resume, then drop the old; no event is lost or doubled"
)
async def make_before_break(stage: Stage) -> None:
    """Both connections carry event 11; 12 comes on the new one alone."""
    old = await stage.enter()
    await old.send({"type": "reconnect", "after_ms": 0})
    new = await stage.return_("the client did not open a new connection after reconnect")
    check(old.is_open, "the client dropped the old connection before the new one was ready")
    await old.tell(11, comment(11))
    connect = await stage.welcome(new, {"demo": recovery(11, comment(11))})
    position = connect.get("rooms", {}).get("demo", {}).get("seq")
    check(position in (10, 11), f"the new connection resumes at {position}; the client is at 10 or 11")
    await old.wait_closed()
    await new.tell(12, comment(12))
    await stage.sees_events(11, 12)
    await new.check_position(12)
    check(stage.count("status", status="reconnecting") == 0, "a move is no cut: the client was connected all the time")


@scenario("move-behind", "a new connection that is behind the old one changes nothing until it has caught up")
async def move_behind(stage: Stage) -> None:
    """The new node is one event behind: its position 10 and its event 11 are known to the client."""
    old = await stage.enter()
    await old.send({"type": "reconnect", "after_ms": 0})
    new = await stage.return_("the client did not open a new connection after reconnect")
    connect = await new.expect("connect")
    await old.tell(11, comment(11))
    await stage.sees_events(11)
    facts: dict[str, Any] = {"id": connect["id"], "session": "s_2", "server_time": 1, "heartbeat_ms": 25_000}
    await new.send({"type": "connected", **facts, "rooms": {"demo": snapshot(10)}})
    await new.tell(12, comment(11), comment(12))
    await stage.sees_events(11, 12)


@scenario("move-later", "reconnect.after_ms is a lower bound, so that a node empties in paced steps")
async def move_later(stage: Stage) -> None:
    """Asks for 800 ms."""
    old = await stage.enter()
    asked_s = stage.now_s()
    await old.send({"type": "reconnect", "after_ms": 800})
    new = await stage.return_("the client did not open a new connection after reconnect")
    waited_s = new.opened_at_s - asked_s
    check(waited_s >= 0.75, f"the client moved after {waited_s:.2f} s; it was asked to wait 0.8 s")


@scenario(
    "move-in-flight",
    "a command under way during a move is answered once: on the old connection or sent again on the new",
)
async def move_in_flight(stage: Stage) -> None:
    """Answers on whichever connection the client still listens to."""
    old = await stage.enter()
    await stage.send("a")
    command = await old.expect("comment.send")
    await old.send({"type": "reconnect", "after_ms": 0})
    new = await stage.return_("the client did not open a new connection after reconnect")
    await stage.welcome(new, {"demo": recovery(10)})
    answers = asyncio.create_task(_answer_again(new, command["key"]))
    try:
        if old.is_open:
            await old.send({"type": "ack", "id": command["id"], "data": {"comment_id": "c_1"}})
        await stage.sees("ack", ref="a")
    except Broken:
        await stage.sees("ack", ref="a")  # the old connection was dropped between the look and the answer
    finally:
        answers.cancel()
    await asyncio.gather(answers, return_exceptions=True)
    check(stage.count("ack", ref="a") == 1, "the program was told the answer twice")
    check(stage.count("error", ref="a") == 0, "the program was told an error for a command that took effect")


async def _answer_again(new: Peer, key: str) -> None:
    """Answers the command if it is sent again, as a server does: with the first answer, marked as a duplicate."""
    again = await new.expect("comment.send", within_s=30)
    if again.get("key") == key:
        await new.send({"type": "ack", "id": again["id"], "data": {"comment_id": "c_1"}, "duplicate": True})
