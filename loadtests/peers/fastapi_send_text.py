"""The peer most Python services start from: FastAPI, and `await send_text` for each connection.

As in FastAPI's manual (Advanced, WebSockets, `ConnectionManager`), on uvicorn with uvloop and httptools,
compression and keep-alive pings off so that nothing but the fan-out is measured.
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
active: set[WebSocket] = set()


@app.websocket("/")
async def pass_to_all(websocket: WebSocket) -> None:
    """Send every text to everybody."""
    await websocket.accept()
    active.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for connection in list(active):
                await connection.send_text(text)
    except WebSocketDisconnect:
        return
    finally:
        active.discard(websocket)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="error",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        backlog=4096,
    )
