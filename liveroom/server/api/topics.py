"""Topics over HTTP: set, close, and what they came to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.people import UserId
from liveroom.rooms.messages.topic import (
    CloseTopic,
    HideTopic,
    OfTopic,
    SetTopic,
    TopicAck,
    TopicId,
    TopicTally,
    TopicView,
)
from liveroom.rooms.value.topics.topics import TopicReport
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.places import After, read_place, write_place
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/topics", tags=["topics"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
EXAMPLE = {"text": "你们觉得这款怎么样？", "opinions": [{"text": "喜欢", "words": ["好看", "想要"]}, {"text": "一般"}]}
Wanted = Annotated[SetTopic, Body(examples=[EXAMPLE])]
Topic = Annotated[TopicId, Path()]


class TopicReportView(Model):
    """A topic as staff see it."""

    topic: TopicView
    tally: TopicTally
    by: Annotated[UserId, Field(description="who has set it")]


class TopicPage(Model):
    """Some topics; `next` is the `after` of the next page."""

    topics: list[TopicReportView]
    next: str | None = None


@router.post("", status_code=201, responses=COMMAND)
async def set_topic(
    room: RoomName, wanted: Wanted, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> TopicAck:
    """Open a topic; one that was open is closed. The same call with the same key opens no second one."""
    return await _command(node, caller, room, "topic.set", wanted, idempotency_key)


@router.get("", responses=refusals(404))
async def list_topics(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> TopicPage:
    """Topics of the room for its staff, those changed last first."""
    await require_staff(node, caller, room)
    reports, end = await node.value.topics.all.list_room(room, read_place(after), limit)
    return TopicPage(topics=[_view(report) for report in reports], next=write_place(end))


@router.get("/{topic}", responses=refusals(404))
async def read_topic(room: RoomName, topic: Topic, node: NodeOf, caller: Caller) -> TopicReportView:
    """One topic with what has come together so far, for the staff of the room."""
    await require_staff(node, caller, room)
    return _view(await node.value.topics.all.report(room, topic))


@router.post("/{topic}/close", responses=COMMAND)
async def close_topic(
    room: RoomName, topic: Topic, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> TopicAck:
    """Close it, and show what it came to."""
    return await _command(node, caller, room, "topic.close", CloseTopic(topic=topic), idempotency_key)


@router.post("/{topic}/hide", responses=COMMAND)
async def hide_topic(
    room: RoomName, topic: Topic, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> TopicAck:
    """Take a topic that is closed out of the room; its summary is kept."""
    return await _command(node, caller, room, "topic.hide", HideTopic(topic=topic), idempotency_key)


async def _command(
    node: Node, caller: Identity, room: str, type_: str, wanted: SetTopic | OfTopic, key: str | None
) -> TopicAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return TopicAck.model_validate_json(answer.data)


def _view(report: TopicReport) -> TopicReportView:
    return TopicReportView(topic=report.state.view(), tally=report.tally, by=report.state.by)
