"""Joining and leaving."""

from __future__ import annotations

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, comment, recovery, snapshot

TWO_ROOMS = ("demo", "side")


@scenario("left", "left ends one room; the connection and the other rooms go on, and the room is not joined again")
async def left(stage: Stage) -> None:
    """Throws the client out of one of two rooms."""
    peer = await stage.start(TWO_ROOMS)
    await stage.welcome(peer, {"demo": snapshot(), "side": snapshot(5, "x1", "side")})
    await peer.send({"type": "left", "room": "side", "code": "banned", "message": "you are banned"})
    await stage.sees("left", room="side", code="banned")
    await peer.tell(11, comment(11))
    await stage.sees_events(11)
    await peer.cut()
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(11)})
    check("side" not in connect.get("rooms", {}), "the client joined the room again that it had been put out of")


@scenario("room-refused", "a room that cannot be entered is told to the program; the others are entered")
async def room_refused(stage: Stage) -> None:
    """One good room and one that does not exist."""
    error = {"code": "room_not_found", "message": "no such room", "retryable": False}
    peer = await stage.start(TWO_ROOMS)
    await stage.welcome(peer, {"demo": snapshot(), "side": {"error": error}})
    await stage.sees("left", room="side", code="room_not_found")
    await peer.tell(11, comment(11))
    await stage.sees_events(11)


@scenario("join-later", "a room that is joined on an open connection is entered with room.join")
async def join_later(stage: Stage) -> None:
    """A second room."""
    peer = await stage.enter()
    await stage.tell("join", room="side")
    join = await peer.expect("room.join")
    check(join.get("room") == "side", f"room.join names room {join.get('room')}; side is due")
    check(not join.get("data"), f"room.join carries {join.get('data')}; the client has no position there")
    await peer.send({"type": "ack", "id": join["id"], "data": snapshot(5, "x1", "side")})
    await stage.sees("snapshot", room="side", seq=5)
    await peer.tell(6, comment(6), room="side")
    await stage.sees_events(6, room="side")
    await peer.cut()
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(10)})
    due = {"demo": {"epoch": "e1", "seq": 10}, "side": {"epoch": "x1", "seq": 6}}
    check(connect.get("rooms") == due, f"connect.rooms is {connect.get('rooms')}; {due} is due")


@scenario("own-leave", "a room that the program leaves is left with room.leave and not joined again")
async def own_leave(stage: Stage) -> None:
    """Leaves one of two rooms; what still comes from it is not handed on."""
    peer = await stage.start(TWO_ROOMS)
    await stage.welcome(peer, {"demo": snapshot(), "side": snapshot(5, "x1", "side")})
    await stage.sees("snapshot", room="side")
    await stage.tell("leave", room="side")
    leave = await peer.expect("room.leave")
    check(leave.get("room") == "side", f"room.leave names room {leave.get('room')}; side is due")
    await peer.tell(6, comment(6), room="side")
    await peer.send({"type": "ack", "id": leave["id"]})
    await peer.tell(11, comment(11))
    await stage.sees_events(11)
    await stage.sees_events(room="side")
    await peer.cut()
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(11)})
    check("side" not in connect.get("rooms", {}), "the client joined the room again that it had left")
