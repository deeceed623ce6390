"""Questions to the host over HTTP: the queue, those of a show for its recap, and what the staff decide."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.people import ItemId
from liveroom.rooms.messages.question import (
    AnswerQuestion,
    AnswerText,
    DismissQuestion,
    HandOverQuestion,
    HandTo,
    OfQuestion,
    PutBackQuestion,
    QuestionAck,
    QuestionQueue,
    QuestionStatus,
    QuestionView,
    TakeQuestion,
)
from liveroom.rooms.questions.machine import show_of
from liveroom.rooms.rules.question_state import view
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/questions", tags=["questions"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
ORDER = refusals(404, 409, 429)
QuestionId = Annotated[ItemId, Path(description="id of the question")]


class GivenAnswer(Model):
    """What was said."""

    answer: AnswerText = ""


class NextHands(Model):
    """Who is to answer instead."""

    to: Annotated[HandTo, Field(strict=False, description="who")]


class QuestionPage(Model):
    """Questions of a show in the order of their ids; `next` is the `after` of the next page."""

    questions: list[QuestionView]
    next: str | None = None


Said = Annotated[GivenAnswer, Body(examples=[{"answer": "明天发货"}])]
Hands = Annotated[NextHands, Body(examples=[{"to": "follow_up"}])]


@router.get("", responses=refusals(404))
async def list_questions(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    show: Annotated[ItemId | None, Query(description="a show, also one that is over; absent: now")] = None,
    status: Annotated[QuestionStatus | None, Query(description="those in this status alone")] = None,
    after: Annotated[ItemId | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> QuestionPage:
    """Questions of a show, those left open too: for the recap and whoever follows up."""
    await require_staff(node, caller, room)
    opened = await node.rooms.room(room)
    states = await node.value.questions.archive.page(room, show or show_of(opened.document), after, limit)
    shown = [view(state) for state in states if status is None or state.status is status]
    return QuestionPage(questions=shown, next=states[-1].id if len(states) == limit else None)


@router.get("/queue", responses=refusals(404))
async def read_question_queue(room: RoomName, node: NodeOf, caller: Caller) -> QuestionQueue:
    """The open questions, those to be answered first, first."""
    await require_staff(node, caller, room)
    return node.value.questions.memory.queue(room)


@router.post("/{question}/take", responses=ORDER)
async def take_question(
    room: RoomName, question: QuestionId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> QuestionAck:
    """Begin to answer; the room sees it."""
    return await _command(node, caller, room, "question.take", TakeQuestion(question=question), idempotency_key)


@router.post("/{question}/put-back", responses=ORDER)
async def put_back_question(
    room: RoomName, question: QuestionId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> QuestionAck:
    """Answer it later after all."""
    return await _command(node, caller, room, "question.put_back", PutBackQuestion(question=question), idempotency_key)


@router.post("/{question}/answer", responses=COMMAND)
async def answer_question(
    room: RoomName,
    question: QuestionId,
    said: Said,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> QuestionAck:
    """It is answered; also after the show."""
    wanted = AnswerQuestion(question=question, answer=said.answer)
    return await _command(node, caller, room, "question.answer", wanted, idempotency_key)


@router.post("/{question}/hand-over", responses=COMMAND)
async def hand_over_question(
    room: RoomName,
    question: QuestionId,
    hands: Hands,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> QuestionAck:
    """Somebody else is to answer."""
    wanted = HandOverQuestion(question=question, to=hands.to)
    return await _command(node, caller, room, "question.hand_over", wanted, idempotency_key)


@router.post("/{question}/dismiss", responses=ORDER)
async def dismiss_question(
    room: RoomName, question: QuestionId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> QuestionAck:
    """Take it out of the queue unanswered."""
    return await _command(node, caller, room, "question.dismiss", DismissQuestion(question=question), idempotency_key)


async def _command(
    node: Node, caller: Identity, room: str, type_: str, wanted: OfQuestion, key: str | None
) -> QuestionAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return QuestionAck.model_validate_json(answer.data)
