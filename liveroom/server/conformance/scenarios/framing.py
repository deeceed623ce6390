"""What WebSocket allows a server to do to a message."""

from __future__ import annotations

import json

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, comment, snapshot

LONG_TEXT = "很长的一段话，" * 70


@scenario("big-message", "messages from the server of 400 KB are taken")
async def big_message(stage: Stage) -> None:
    """A snapshot with 300 long comments, and as many missed events."""
    peer = await stage.start()
    long = comment(1) | {"data": comment(1)["data"] | {"text": LONG_TEXT}}
    await stage.welcome(peer, {"demo": snapshot(10, comments=(long,) * 300)})
    await stage.sees("snapshot", room="demo", seq=10)
    await peer.tell(310, *([long] * 300))
    await peer.check_position(310)
    await stage.sees_events(*range(11, 311))


@scenario("fragments", "a message in fragments, cut in the middle of a character, is one message")
async def fragments(stage: Stage) -> None:
    """Every byte of a character in a fragment of its own."""
    peer = await stage.enter()
    event = comment(11) | {"data": comment(11)["data"] | {"text": "雨🌧"}}
    frame = {"type": "events", "room": "demo", "seq": 11, "events": [event]}
    whole = json.dumps(frame, ensure_ascii=False).encode()
    await peer.send_text([whole[at : at + 1] for at in range(len(whole))])
    await stage.sees("event", room="demo", seq=11, data=event["data"])


@scenario("deflate", "permessage-deflate may be offered; when it is, compressed messages are read", deflate=True)
async def deflate(stage: Stage) -> None:
    """The server compresses without context takeover if the client offers it, and sends plain text if not."""
    peer = await stage.enter()
    long = comment(11) | {"data": comment(11)["data"] | {"text": LONG_TEXT}}
    await peer.tell(11, long)
    await peer.tell(12, comment(12))
    await stage.sees_events(11, 12)
    await stage.sees("event", seq=11, data=long["data"])
