"""A broadcast server with a fault in it, to prove that the benchmark finds it. Arguments: port, fault.

Faults: `none`; `lose`, one viewer misses every 50th message; `double`, one viewer gets it twice; `swap`, one
viewer gets it after the next one; `delay`, everybody gets it 300 ms late.
"""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve

active: list[ServerConnection] = []
kept: list[str] = []
count = 0


async def pass_to_all(connection: ServerConnection) -> None:
    """Send every text to everybody, with the fault."""
    active.append(connection)
    try:
        async for text in connection:
            await spread(str(text), sys.argv[2])
    finally:
        active.remove(connection)


async def spread(text: str, fault: str) -> None:
    global count
    count += 1
    struck = count % 50 == 0
    if struck and fault == "delay":
        await asyncio.sleep(0.3)
    for index, viewer in enumerate(active):
        if index != len(active) - 1 or not struck or fault in ("none", "delay"):
            await viewer.send(text)
        elif fault == "double":
            await viewer.send(text)
            await viewer.send(text)
        elif fault == "swap":
            kept.append(text)
            continue
        if index == len(active) - 1 and kept and not struck:
            await viewer.send(kept.pop())


async def run(port: int) -> None:
    async with serve(pass_to_all, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
