"""Commands, keys and errors."""

from __future__ import annotations

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, recovery


@scenario(
    "command-ids", "ids are integers, increasing and unique on a connection, and every command has a key of its own"
)
async def command_ids(stage: Stage) -> None:
    """Three commands."""
    peer = await stage.start()
    connect = await stage.welcome(peer)
    ids, keys = [connect["id"]], []
    for ref in ("a", "b", "c"):
        await stage.send(ref)
        command = await peer.expect("comment.send")
        ids.append(command.get("id"))
        keys.append(command.get("key"))
        await peer.send({"type": "ack", "id": command.get("id"), "data": {}})
        await stage.sees("ack", ref=ref)
    check(all(isinstance(one, int) for one in ids), f"the ids are {ids}; they must be integers")
    check(ids == sorted(set(ids)), f"the ids are {ids}; they must increase")
    proper = all(isinstance(key, str) and 1 <= len(key) <= 64 for key in keys)
    check(proper, f"the keys are {keys}; each must be a text of 1 to 64 characters")
    check(len(set(keys)) == 3, f"the keys are {keys}; different commands must have different keys")


@scenario("ack", "ack ends the command with its data")
async def ack(stage: Stage) -> None:
    """One command with its answer, and an answer to nothing."""
    peer = await stage.enter()
    await stage.send("a", "有 XL 码吗")
    command = await peer.expect("comment.send")
    check(command.get("room") == "demo", f"the command names room {command.get('room')}; demo is due")
    check(command.get("data") == {"text": "有 XL 码吗"}, f"the command carries {command.get('data')}")
    await peer.send({"type": "ack", "id": 999_999, "data": {}})
    await peer.send({"type": "ack", "id": command["id"], "seq": 11, "data": {"comment_id": "c_7"}})
    report = await stage.sees("ack", ref="a")
    check(report.get("data", {}).get("comment_id") == "c_7", f"the program was told {report.get('data')}")


@scenario("error", "error ends the command with its code, retryable, retry_after_ms and field")
async def error(stage: Stage) -> None:
    """Two errors; the connection goes on."""
    peer = await stage.enter()
    await stage.send("a")
    command = await peer.expect("comment.send")
    limited = {"code": "rate_limited", "message": "too fast", "retryable": True, "retry_after_ms": 700}
    await peer.send({"type": "error", "id": command["id"], "error": limited})
    report = await stage.sees("error", ref="a", code="rate_limited", retryable=True)
    check(report.get("retry_after_ms") == 700, f"retry_after_ms is told as {report.get('retry_after_ms')}; 700 is due")
    await stage.send("b", "")
    command = await peer.expect("comment.send")
    invalid = {"code": "invalid_field", "message": "text is empty", "retryable": False, "field": "text"}
    await peer.send({"type": "error", "id": command["id"], "error": invalid})
    await stage.sees("error", ref="b", code="invalid_field", retryable=False, field="text")
    await peer.check_position(10)


@scenario("resend", "a command without an answer at a cut is sent again with the same key and body")
async def resend(stage: Stage) -> None:
    """Cuts between the command and its answer."""
    peer = await stage.enter()
    await stage.send("a")
    first = await peer.expect("comment.send")
    await peer.cut()
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": recovery(10)})
    again = await peer.expect("comment.send")
    check(again.get("key") == first.get("key"), "the command was sent again with another key: it may take effect twice")
    check(again.get("data") == first.get("data"), "the command was sent again with another body")
    await peer.send({"type": "ack", "id": again["id"], "data": {"comment_id": "c_1"}, "duplicate": True})
    await stage.sees("ack", ref="a")
    check(stage.count("error", ref="a") == 0, "the program was told an error for a command that took effect")


@scenario("no-resend", "a command that was answered is not sent again")
async def no_resend(stage: Stage) -> None:
    """Cuts after the answer."""
    peer = await stage.enter()
    await stage.send("a")
    command = await peer.expect("comment.send")
    await peer.send({"type": "ack", "id": command["id"], "data": {}})
    await stage.sees("ack", ref="a")
    await peer.cut()
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": recovery(10)})
    await peer.check_position(10)


@scenario("send-while-away", "commands given while there is no connection are sent after connected, in order")
async def send_while_away(stage: Stage) -> None:
    """Two commands between the cut and the answer to the new `connect`."""
    peer = await stage.enter()
    await peer.cut()
    await stage.sees("status", status="reconnecting")
    await stage.send("a", "first")
    await stage.send("b", "second")
    peer = await stage.return_()
    await stage.welcome(peer, {"demo": recovery(10)})
    for ref, text in (("a", "first"), ("b", "second")):
        command = await peer.expect("comment.send")
        check(command.get("data") == {"text": text}, f"{command.get('data')} came where {text} is due")
        await peer.send({"type": "ack", "id": command["id"], "data": {}})
        await stage.sees("ack", ref=ref)


@scenario("no-answer", "a command that nobody answers ends with a retryable error after about 10 s", slow=True)
async def no_answer(stage: Stage) -> None:
    """Answers the pings of the client and says nothing about the command."""
    peer = await stage.enter()
    await stage.send("a")
    await peer.expect("comment.send")
    began_s = stage.now_s()
    async with peer.answering_pings():
        await stage.sees("error", within_s=14, ref="a", retryable=True)
    waited_s = stage.now_s() - began_s
    check(waited_s > 8, f"the client gave up after {waited_s:.1f} s; about 10 s are due")
    await peer.check_position(10)
