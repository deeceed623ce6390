"""The plain way to take commands: FastAPI, `json.loads`, a pydantic model, an answer for each.

It decodes, checks and acknowledges the same commands as liveroom and does nothing else with them: no rights,
no limits, no rooms, nobody is told.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Comment(Strict):
    """Data of a comment."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


class Likes(Strict):
    """Data of a batch of likes."""

    count: Annotated[int, Field(ge=1, le=50)]


class CommentCommand(Strict):
    """A comment."""

    id: int
    type: Literal["comment.send"]
    room: str
    key: str | None = None
    data: Comment


class LikeCommand(Strict):
    """Likes."""

    id: int
    type: Literal["like.send"]
    room: str
    data: Likes


command = TypeAdapter[CommentCommand | LikeCommand](
    Annotated[CommentCommand | LikeCommand, Field(discriminator="type")]
)
app = FastAPI()


@app.websocket("/")
async def answer(websocket: WebSocket) -> None:
    """Decode, check, acknowledge."""
    await websocket.accept()
    try:
        while True:
            wanted = command.validate_python(json.loads(await websocket.receive_text()))
            ack: dict[str, object] = {"type": "ack", "id": wanted.id}
            if isinstance(wanted, CommentCommand):
                ack["data"] = {"comment_id": f"c_{wanted.id}"}
            await websocket.send_text(json.dumps(ack))
    except WebSocketDisconnect:
        return


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
    )
