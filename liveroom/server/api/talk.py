"""What is said in a room, from and for the app's own servers: comments, likes, the snapshot."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.comment import SendComment
from liveroom.rooms.messages.like import SendLikes
from liveroom.rooms.rules import lifecycle
from liveroom.server.api.access import Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import RESPONSES

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["talk"], responses=RESPONSES)


class Sent(Model):
    """What became of a command: the position of its event and what its ack carries."""

    seq: int | None = None
    duplicate: bool = False
    data: dict[str, Any] = Field(default_factory=dict)


@router.post("/comments", status_code=201)
async def send_comment(
    room: RoomName, comment: SendComment, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Sent:
    """Say something in the room as the caller."""
    answer = await node.rooms.call(caller, room, "comment.send", comment, idempotency_key)
    return Sent(seq=answer.seq, duplicate=answer.duplicate, data=orjson.loads(answer.data or b"{}"))


@router.post("/likes", status_code=202)
async def send_likes(
    room: RoomName, likes: SendLikes, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Sent:
    """Add likes."""
    answer = await node.rooms.call(caller, room, "like.send", likes, idempotency_key)
    return Sent(duplicate=answer.duplicate)


@router.get("/snapshot")
async def read_snapshot(room: RoomName, node: NodeOf, caller: Caller) -> dict[str, Any]:
    """The room as somebody who joins now sees it: room, show, last comments, totals and position."""
    opened = await node.rooms.room(room)
    lifecycle.admit(opened.document, caller.role_in(room))
    totals = {kind: orjson.loads(value) for kind, value in opened.fanout.values.items()}
    position = opened.fanout.position
    return opened.snapshot.as_object() | {"totals": totals, "epoch": position.epoch, "seq": position.seq}
