"""Delivery classes, and what comes from a newer server."""

from __future__ import annotations

from typing import Any

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, comment, recovery


@scenario("latest", "latest values are absolute; the newest wins, and they do not touch the position")
async def latest(stage: Stage) -> None:
    """Three totals, the last one smaller."""
    peer = await stage.enter()
    for total in (100, 300, 200):
        await peer.send({"type": "latest", "room": "demo", "values": {"likes": {"total": total}}})
    await stage.sees("latest", room="demo", kind="likes", data={"total": 200})
    last = [one for one in stage.subject.reports if one["saw"] == "latest" and one.get("kind") == "likes"][-1]
    check(last["data"] == {"total": 200}, f"the last total told to the program is {last['data']}; 200 came last")
    await peer.check_position(10)


@scenario("private", "private events reach the program and do not touch the position")
async def private(stage: Stage) -> None:
    """A welcome."""
    peer = await stage.enter()
    data = {"text": "欢迎回来，小雨", "returning": True, "first_visit": False}
    await peer.send({"type": "private", "room": "demo", "events": [{"kind": "welcome.shown", "ts": 1, "data": data}]})
    await stage.sees("private", room="demo", kind="welcome.shown", data=data)
    await peer.check_position(10)


@scenario("unknown-frame", "a frame of an unknown type is ignored")
async def unknown_frame(stage: Stage) -> None:
    """Frames from a newer server, between two events."""
    peer = await stage.enter()
    await peer.tell(11, comment(11))
    await peer.send({"type": "aurora", "room": "demo", "seq": 99, "data": [1, {"deep": True}]})
    await peer.send({"type": "constructor"})
    await peer.tell(12, comment(12))
    await stage.sees_events(11, 12)
    await peer.check_position(12)


@scenario("unknown-kind", "an event of an unknown kind takes its place in the order and breaks nothing")
async def unknown_kind(stage: Stage) -> None:
    """Kinds from a newer server, in all three classes; whether they are handed on is the client's choice."""
    peer = await stage.enter()
    strange: dict[str, Any] = {"kind": "aurora.seen", "ts": 1, "data": {"colour": ["green"]}}
    await peer.tell(12, comment(11), strange)
    await peer.send({"type": "latest", "room": "demo", "values": {"auroras": {"total": 1}}})
    await peer.send({"type": "private", "room": "demo", "events": [strange]})
    await peer.tell(13, comment(13))
    await stage.sees("event", room="demo", seq=13)
    await peer.check_position(13)


@scenario("unknown-field", "unknown fields are ignored in every frame")
async def unknown_field(stage: Stage) -> None:
    """Fields from a newer server in all the places of an ordinary minute."""
    peer = await stage.enter(weather="fine", limits={"message_bytes": 65_536, "moons": 2})
    event = comment(11) | {"mood": "good", "data": comment(11)["data"] | {"font": "serif"}}
    await peer.send({"type": "events", "room": "demo", "seq": 11, "events": [event], "weight": 3})
    await stage.sees_events(11)
    await stage.send("a")
    command = await peer.expect("comment.send")
    await peer.send({"type": "ack", "id": command["id"], "data": {"comment_id": "c_1", "tint": 4}, "took_ms": 1})
    await stage.sees("ack", ref="a")
    await peer.cut()
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": recovery(11) | {"mood": "good"}})
    await peer.check_position(11)


@scenario("other-room", "events of a room that was not joined are ignored")
async def other_room(stage: Stage) -> None:
    """A frame that is late, after a leave for example."""
    peer = await stage.enter()
    await peer.tell(77, comment(77), room="elsewhere")
    await peer.tell(11, comment(11))
    await stage.sees_events(11)
    await peer.check_position(11)
