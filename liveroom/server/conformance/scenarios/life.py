"""Lines that die without a word, and lines that are merely slow."""

from __future__ import annotations

from liveroom.server.conformance.peer import Frame, Peer
from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, recovery
from liveroom.server.conformance.verdict import Broken

ASKED_S = 3.0
DEAD_S = 4.0
SLACK_S = 2.5
"""For a busy machine."""


@scenario(
    "dead-line",
    "3 s of silence while an answer is due: ping; 4 s more: reconnect, resume, send the command again with its key",
    slow=True,
)
async def dead_line(stage: Stage) -> None:
    """Says nothing more after the command; the program must not be told `no_answer`."""
    peer = await stage.enter()
    await stage.send("a")
    first = await peer.expect("comment.send")
    began_s = stage.now_s()
    await _asks(peer, ASKED_S + SLACK_S)
    waited_s = stage.now_s() - began_s
    check(waited_s > ASKED_S - 0.5, f"the client asked after {waited_s:.1f} s; {ASKED_S:g} s are due")
    peer = await stage.port.accept(DEAD_S + SLACK_S, "the client held on to a line that is dead")
    waited_s = peer.opened_at_s - began_s
    due_s = ASKED_S + DEAD_S
    check(waited_s > due_s - 0.5, f"the client gave up after {waited_s:.1f} s; {due_s:g} s are due")
    connect = await stage.welcome(peer, {"demo": recovery(10)})
    check(connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 10}}, "the client did not resume at its position")
    again = await peer.expect("comment.send")
    check(again.get("key") == first.get("key"), "the command was sent again with another key: it may take effect twice")
    await peer.send({"type": "ack", "id": again["id"], "data": {}, "duplicate": True})
    await stage.sees("ack", ref="a")
    check(stage.count("error", ref="a") == 0, "the program was told an error for a command that took effect")


@scenario("busy-line", "while frames come, a late answer is no reason to ask or to leave", slow=True)
async def busy_line(stage: Stage) -> None:
    """Answers after six seconds; a `latest` frame comes each second."""
    peer = await stage.enter()
    await stage.send("a")
    command = await peer.expect("comment.send")
    for total in range(6):
        await stage.port.stay_quiet(1, "the old one was alive: a frame came each second")
        await peer.send({"type": "latest", "room": "demo", "values": {"likes": {"total": total}}})
    await peer.send({"type": "ack", "id": command["id"], "data": {}})
    await stage.sees("ack", ref="a")
    await peer.send({"type": "ping", "t": 7})
    frame = await peer.read()
    check(frame.get("type") == "pong", f"the client sent {frame.get('type')} on a line that was never silent")


@scenario(
    "checked", "told that the network changed, the client asks at once and leaves a dead line after 4 s", slow=True
)
async def checked(stage: Stage) -> None:
    """Twice: the first question is answered, the second one is not."""
    peer = await stage.enter()
    await stage.tell("check")
    await peer.answer_ping(await _asks(peer, SLACK_S))
    await stage.port.stay_quiet(DEAD_S + 0.5, "the old one was alive: pong came")
    await stage.tell("check")
    await _asks(peer, SLACK_S)
    began_s = stage.now_s()
    peer = await stage.port.accept(DEAD_S + SLACK_S, "the client held on to a line that is dead")
    waited_s = peer.opened_at_s - began_s
    check(waited_s > DEAD_S - 0.5, f"the client gave up after {waited_s:.1f} s; {DEAD_S:g} s are due")
    connect = await stage.welcome(peer, {"demo": recovery(10)})
    check(connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 10}}, "the client did not resume at its position")
    await peer.check_position(10)


async def _asks(peer: Peer, within_s: float) -> Frame:
    """The ping with which the client asks for a sign of life.

    Raises:
        Broken: something else came, or nothing.
    """
    frame = await peer.read(within_s)
    if frame.get("type") != "ping":
        raise Broken(f"the client sent {frame.get('type')} where ping is due")
    return frame
