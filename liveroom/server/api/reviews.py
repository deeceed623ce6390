"""What waits for the staff of a room, over HTTP: held comments, and people who ask to be let in again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.people import ItemId, UserId
from liveroom.rooms.messages.review import (
    APPEAL_CHARS,
    Appeal,
    AppealAck,
    DecideAppeal,
    HeldComment,
    ReviewAck,
    ReviewComment,
)
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.staff import require_role

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["moderation"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)


class HeldList(Model):
    """Comments that wait, the one that waits no longer first."""

    held: list[HeldComment]


class AppealList(Model):
    """People who ask to be let in again."""

    appeals: list[Appeal]


class Decision(Model):
    """What becomes of a held comment."""

    publish: Annotated[bool, Field(description="false: nobody else sees it")]


class Judgement(Model):
    """The answer to somebody who asks to be let in again."""

    grant: Annotated[bool, Field(description="true: the ban is lifted")]


class Plea(Model):
    """What somebody says who asks to be let in again."""

    text: Annotated[str, Field(min_length=1, max_length=APPEAL_CHARS)]


Decided = Annotated[Decision, Body(examples=[{"publish": True}])]
Judged = Annotated[Judgement, Body(examples=[{"grant": True}])]
Said = Annotated[Plea, Body(examples=[{"text": "It was my brother, it will not happen again."}])]
CommentName = Annotated[ItemId, Path(description="id of a comment")]


@router.get("/held", responses=refusals(404))
async def list_held(room: RoomName, node: NodeOf, caller: Caller) -> HeldList:
    """Comments that wait for the staff."""
    require_role(caller, room)
    return HeldList(held=list(await node.value.moderation.queue.held(room)))


@router.post("/held/{comment}", responses=COMMAND)
async def review_comment(
    room: RoomName, comment: CommentName, decided: Decided, node: NodeOf, caller: Caller
) -> ReviewAck:
    """Decide about a comment that waits."""
    wanted = ReviewComment(comment_id=comment, publish=decided.publish)
    answer = await node.rooms.call(caller, room, "comment.review", wanted, None)
    return ReviewAck.model_validate_json(answer.data)


@router.get("/appeals", responses=refusals(404))
async def list_appeals(room: RoomName, node: NodeOf, caller: Caller) -> AppealList:
    """Who asks to be let in again and is not answered yet."""
    require_role(caller, room)
    return AppealList(appeals=list(await node.value.moderation.queue.appeals(room)))


@router.post("/appeals/{user_id}", responses=COMMAND)
async def decide_appeal(room: RoomName, user_id: UserId, judged: Judged, node: NodeOf, caller: Caller) -> Appeal:
    """Answer somebody who asks to be let in again; granting it lifts the ban."""
    wanted = DecideAppeal(user_id=user_id, grant=judged.grant)
    answer = await node.rooms.call(caller, room, "appeal.decide", wanted, None)
    return AppealAck.model_validate_json(answer.data).appeal


@router.get("/appeal", responses=refusals(404))
async def read_appeal(room: RoomName, node: NodeOf, caller: Caller) -> Appeal:
    """What the caller, who is banned, has asked, and the answer."""
    return await node.value.moderation.queue.find_appeal(room, caller.user_id)


@router.post("/appeal", responses=COMMAND)
async def appeal(room: RoomName, said: Said, node: NodeOf, caller: Caller) -> Appeal:
    """As somebody who was banned from the room, ask to be let in again; once at a time."""
    return await node.value.moderation.queue.appeal(room, caller.user_id, said.text)
