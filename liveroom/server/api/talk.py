"""What is said in a room, from and for the app's own servers: comments, likes, the snapshot."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.wire import Epoch, Seq
from liveroom.rooms.messages.comment import CommentAck, SendComment
from liveroom.rooms.messages.joined import RoomSnapshot
from liveroom.rooms.messages.like import SendLikes
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["talk"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
Comment = Annotated[SendComment, Body(examples=[{"text": "有 XL 码吗"}])]
Likes = Annotated[SendLikes, Body(examples=[{"count": 12}])]


class Sent(Model):
    """What became of a command."""

    duplicate: Annotated[bool, Field(description="a repeat of an earlier call; this is the first answer")] = False


class SentComment(Sent):
    """What became of a comment."""

    seq: Annotated[int | None, Field(description="position of its event; null: it was sampled out")] = None
    data: CommentAck


class SnapshotView(RoomSnapshot):
    """The room as somebody who joins now sees it, with totals and position."""

    totals: Annotated[dict[str, Any], Field(description="latest values by kind, as in `latest` of the WebSocket")]
    epoch: Epoch
    seq: Seq


@router.post("/comments", status_code=201, responses=COMMAND)
async def send_comment(
    room: RoomName, comment: Comment, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> SentComment:
    """Say something in the room as the caller."""
    answer = await node.rooms.call(caller, room, "comment.send", comment, idempotency_key)
    return SentComment(duplicate=answer.duplicate, seq=answer.seq, data=CommentAck.model_validate_json(answer.data))


@router.post("/likes", status_code=202, responses=COMMAND)
async def send_likes(
    room: RoomName, likes: Likes, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Sent:
    """Add likes."""
    answer = await node.rooms.call(caller, room, "like.send", likes, idempotency_key)
    return Sent(duplicate=answer.duplicate)


@router.get("/snapshot", response_class=Response, responses={200: {"model": SnapshotView}, **refusals(404)})
async def read_snapshot(room: RoomName, node: NodeOf, caller: Caller) -> Response:
    """The room as somebody who joins now sees it: room, show, last comments, totals and position."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    return Response(opened.shown(), media_type="application/json")
