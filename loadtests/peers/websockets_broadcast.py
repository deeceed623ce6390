"""The peer made for it: the `websockets` library and its own `broadcast`.

As in the library's manual (Topics, Broadcasting), on uvloop, compression and keep-alive pings off so that
nothing but the fan-out is measured.
"""

from __future__ import annotations

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

active: set[ServerConnection] = set()


async def pass_to_all(connection: ServerConnection) -> None:
    """Send every text to everybody."""
    active.add(connection)
    try:
        async for text in connection:
            broadcast(active, text)
    finally:
        active.discard(connection)


async def run(port: int) -> None:
    """Serve until the process is stopped."""
    async with serve(pass_to_all, "127.0.0.1", port, compression=None, ping_interval=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1])))
