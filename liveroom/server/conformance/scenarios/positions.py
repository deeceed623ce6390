"""Position, resume, holes and duplicates."""

from __future__ import annotations

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, comment, recovery, snapshot


@scenario("resume", "after a cut, connect carries the epoch and the seq of the last event; missed events follow once")
async def resume(stage: Stage) -> None:
    """Cuts without a close frame and answers with the missed events."""
    peer = await stage.enter()
    await peer.tell(12, comment(11), comment(12))
    await stage.sees_events(11, 12)
    await peer.cut()
    peer = await stage.return_()
    connect = await stage.welcome(peer, {"demo": recovery(14, comment(13), comment(14))})
    check(
        connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 12}},
        f"connect.rooms is {connect.get('rooms')}; the client is at e1/12",
    )
    await peer.tell(15, comment(15))
    await stage.sees_events(11, 12, 13, 14, 15)


@scenario("resume-nothing-missed", "a recovered join without events changes nothing")
async def resume_nothing_missed(stage: Stage) -> None:
    """Nothing happened during the cut."""
    peer = await stage.enter()
    await peer.cut()
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": recovery(10)})
    await peer.tell(11, comment(11))
    await stage.sees_events(11)
    check(stage.count("snapshot", room="demo") == 1, "the client took a snapshot that was not sent")


@scenario("resume-too-late", "recovered: false brings a snapshot, which replaces state, epoch and position")
async def resume_too_late(stage: Stage) -> None:
    """The room has a new epoch with lower numbers; a second cut shows what the client has kept."""
    peer = await stage.enter()
    await peer.cut()
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": snapshot(3, "e2")})
    await stage.sees("snapshot", room="demo", seq=3)
    await peer.tell(4, comment(4))
    await stage.sees_events(4)
    await peer.cut()
    connect = await stage.welcome(await stage.return_())
    check(
        connect.get("rooms") == {"demo": {"epoch": "e2", "seq": 4}},
        f"connect.rooms is {connect.get('rooms')}; the client is at e2/4",
    )


@scenario(
    "hole-repaired", "first > last + 1 is a hole: room.join with the position, and nothing after it is applied before"
)
async def hole_repaired(stage: Stage) -> None:
    """Leaves out event 12."""
    peer = await stage.enter()
    await peer.tell(11, comment(11))
    await peer.tell(13, comment(13))
    join = await peer.expect("room.join")
    check(join.get("room") == "demo", f"room.join names room {join.get('room')}; the hole is in demo")
    check(
        join.get("data") == {"epoch": "e1", "seq": 11},
        f"room.join carries {join.get('data')}; the position before the hole is e1/11",
    )
    await peer.tell(14, comment(14))
    answer = recovery(14, comment(12), comment(13), comment(14))
    await peer.send({"type": "ack", "id": join["id"], "data": answer})
    await peer.tell(15, comment(15))
    await stage.sees_events(11, 12, 13, 14, 15)
    await peer.check_position(15)


@scenario("hole-too-old", "a hole that cannot be repaired is answered with a snapshot, which replaces the state")
async def hole_too_old(stage: Stage) -> None:
    """The ring has moved on."""
    peer = await stage.enter()
    await peer.tell(30, comment(30))
    join = await peer.expect("room.join")
    await peer.send({"type": "ack", "id": join["id"], "data": snapshot(30)})
    await stage.sees("snapshot", room="demo", seq=30)
    await peer.tell(31, comment(31))
    await stage.sees_events(31)


@scenario("duplicates-dropped", "events that the client has are dropped, also the first part of an array")
async def duplicates_dropped(stage: Stage) -> None:
    """Repeats a frame, and then one that overlaps."""
    peer = await stage.enter()
    await peer.tell(12, comment(11), comment(12))
    await peer.tell(12, comment(11), comment(12))
    await peer.tell(9, comment(9))
    await peer.tell(13, comment(12), comment(13))
    await stage.sees_events(11, 12, 13)
    await peer.check_position(13)
    await stage.sees_events(11, 12, 13)


@scenario("array-events", "seq belongs to the last event of an array, seq - length + 1 to the first")
async def array_events(stage: Stage) -> None:
    """Five events in one frame, then one."""
    peer = await stage.enter()
    await peer.tell(15, *(comment(number) for number in range(11, 16)))
    await peer.tell(16, comment(16))
    await stage.sees_events(11, 12, 13, 14, 15, 16)
    fourth = next(one for one in stage.subject.reports if one["saw"] == "event" and one["seq"] == 14)
    check(fourth["data"].get("text") == "no. 14", "the event handed on as 14 is not the fourth of the array")


@scenario("resync", "resync means: room.join without a position, then a snapshot")
async def resync(stage: Stage) -> None:
    """Tells the client that its position is gone."""
    peer = await stage.enter()
    await peer.send({"type": "resync", "room": "demo", "reason": "slow"})
    join = await peer.expect("room.join")
    check(not join.get("data"), f"room.join carries {join.get('data')}; after resync no position is due")
    await peer.send({"type": "ack", "id": join["id"], "data": snapshot(40)})
    await stage.sees("snapshot", room="demo", seq=40)
    await peer.tell(41, comment(41))
    await stage.sees_events(41)
