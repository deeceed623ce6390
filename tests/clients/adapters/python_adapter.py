"""The conformance adapter of the Python client."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from liveroom.realtime.client import ClientError, Event, Lane, LiveRoomClient

SAW = {Lane.SEQUENCED: "event", Lane.LATEST: "latest", Lane.PRIVATE: "private"}


def report(saw: str, **facts: Any) -> None:
    """Print one line for the judge."""
    sys.stdout.write(json.dumps({"saw": saw, **facts}) + "\n")
    sys.stdout.flush()


def tell(event: Event) -> None:
    """What the client experienced, in the judge's words."""
    facts: dict[str, Any] = {"room": event.room}
    if event.lane is not Lane.LOCAL:
        report(SAW[event.lane], **facts, kind=event.kind, data=event.data, seq=event.seq)
    elif event.kind == "status":
        report("status", status=event.data["status"])
    elif event.kind == "snapshot":
        report("snapshot", **facts, seq=event.seq)
    elif event.kind == "left":
        report("left", **facts, code=event.data.get("code"))


async def send(live: LiveRoomClient, ref: str, type_: str, room: str, data: dict[str, Any]) -> None:
    """Send a command and report its end."""
    try:
        answer = await live.rooms[room].send(type_, data)
    except ClientError as refused:
        report("error", ref=ref, **refused.as_object())
    else:
        report("ack", ref=ref, data=answer)


def make(start: dict[str, Any]) -> LiveRoomClient:
    """The client that the judge asked for; its tokens come one after the other."""
    tokens: list[str] = list(start["tokens"])

    async def next_token() -> str:
        return tokens.pop(0) if len(tokens) > 1 else tokens[0]

    return LiveRoomClient(
        start["url"], get_token=next_token if tokens else None, rooms=start["rooms"], lang=start.get("lang")
    )


async def follow(live: LiveRoomClient) -> None:
    """Report everything that happens."""
    async for event in live.events(limit=100_000):
        tell(event)


async def main() -> None:
    """Do as told until told to close."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    live = make(json.loads(await reader.readline()))
    tasks = {asyncio.create_task(follow(live))}
    await asyncio.sleep(0)
    live.start()
    while line := await reader.readline():
        told = json.loads(line)
        if told["do"] == "send":
            tasks.add(asyncio.create_task(send(live, told["ref"], told["type"], told["room"], told["data"])))
        elif told["do"] == "join":
            live.join(told["room"])
        elif told["do"] == "leave":
            live.leave(told["room"])
        elif told["do"] == "check":
            live.check()
        elif told["do"] == "close":
            break
    await live.close()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
