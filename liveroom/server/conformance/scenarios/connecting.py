"""The first minute and the heartbeat."""

from __future__ import annotations

from liveroom.realtime.codes import SUBPROTOCOL
from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check

HEARTBEAT_MS = 300
SILENCE_S = HEARTBEAT_MS / 1000 + 10


@scenario("connect-first", "connect is the first frame, within 5 s; the token is in it and never in the address")
async def connect_first(stage: Stage) -> None:
    """Looks at the upgrade and the first frame."""
    peer = await stage.start()
    check(SUBPROTOCOL in stage.port.offered[0], f"the client did not offer the subprotocol {SUBPROTOCOL}")
    check("token-1" not in peer.path, "the client put its token into the address")
    connect = await stage.welcome(peer)
    identity = connect.get("id")
    check(isinstance(identity, int) and identity >= 1, f"connect.id is {identity}; it must be an integer from 1")
    check(connect.get("token") == "token-1", "connect.token is not the token that was given")
    check(connect.get("rooms") == {"demo": {}}, f"connect.rooms is {connect.get('rooms')}; {{'demo': {{}}}} is due")
    check(connect.get("lang") == "en", f"connect.lang is {connect.get('lang')}; en was asked for")
    await stage.sees("status", status="connected")
    await stage.sees("snapshot", room="demo", seq=10)


@scenario("connect-once", "connect is sent once on a connection, and nothing before connected")
async def connect_once(stage: Stage) -> None:
    """Delays `connected` a little and looks at what follows it."""
    peer = await stage.start()
    connect = await stage.welcome(peer)
    check(connect["type"] == "connect", "the first frame is not connect")
    await peer.check_position(10)


@scenario("ping-answered", "ping is answered by pong with the same t and the position in each room")
async def ping_answered(stage: Stage) -> None:
    """Pings twice, at two positions."""
    peer = await stage.enter()
    await peer.check_position(10)
    await peer.tell(11, {"kind": "room.updated", "ts": 1, "data": {"title": "New"}})
    await peer.check_position(11)


@scenario("silence", "after heartbeat_ms and 10 s without a frame the client reconnects and resumes", slow=True)
async def silence(stage: Stage) -> None:
    """Says nothing after `connected`; the slowest scenario."""
    await stage.enter(heartbeat_ms=HEARTBEAT_MS)
    began_s = stage.now_s()
    peer = await stage.port.accept(SILENCE_S + 8, "the client held on to a connection that is silent")
    waited_s = peer.opened_at_s - began_s
    check(waited_s > SILENCE_S - 0.5, f"the client gave up after {waited_s:.1f} s of silence; {SILENCE_S:g} s are due")
    connect = await stage.welcome(peer, {})
    check(connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 10}}, "the client did not resume at its position")


@scenario("any-frame-is-life", "any frame counts as life, not only ping", slow=True)
async def any_frame_is_life(stage: Stage) -> None:
    """Keeps a connection alive past the silence limit with `latest` frames alone."""
    peer = await stage.enter(heartbeat_ms=HEARTBEAT_MS)
    for total in range(5):
        await stage.port.stay_quiet(2.5, "the old one was alive: a frame came every 2.5 s")
        await peer.send({"type": "latest", "room": "demo", "values": {"likes": {"total": total}}})
    await peer.check_position(10)
