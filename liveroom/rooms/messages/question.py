"""Questions to the host (L11): how the staff see them, what those who asked are told, and what the staff decide.

Promise: who asked learns what became of it, in `me` too; the room sees a question only once the staff took it up.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.comment import COMMENT_CHARS
from liveroom.rooms.messages.people import Count, EpochMs, ItemId, Level, Person

ANSWER_CHARS = 500
FACES = 5
"""Askers named in a question of the queue."""
MINE_SHOWN = 20
QUEUE_SHOWN = 200
PACE = Rate(per_s=5, burst=20)

Version = Annotated[int, Field(ge=1, le=2**53 - 1, description="grows with every change")]
Askers = Annotated[Count, Field(description="people who asked this")]
AskedText = Annotated[str, Field(min_length=1, max_length=COMMENT_CHARS, description="as it was asked first")]
AnswerText = Annotated[str, Field(max_length=ANSWER_CHARS, description="what was said; empty: said on air")]


class QuestionStatus(StrEnum):
    """What became of a question. `delivered`: it was sent to somebody of the staff; `expired`: it was left open."""

    ASKED = "asked"
    DELIVERED = "delivered"
    ANSWERING = "answering"
    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"
    DISMISSED = "dismissed"


class HandTo(StrEnum):
    """Who is to answer instead; `follow_up`: after the show."""

    MODERATOR = "moderator"
    ASSISTANT = "assistant"
    FOLLOW_UP = "follow_up"


class Answerer(Model):
    """Who answers; a `service` is the assistant or another program of the app."""

    user: Person
    role: Annotated[Role, Field(description="role in this room")]


class AskerView(Model):
    """Somebody who asked, with what makes them matter."""

    user: Person
    level: Level = 0
    member: Annotated[bool, Field(description="of a community")] = False
    spent: Annotated[Count, Field(description="in this room so far, in minor units")] = 0
    at: EpochMs


class QuestionView(Model):
    """A question of the queue, for the staff."""

    id: ItemId
    version: Version
    show_id: ItemId
    status: QuestionStatus
    text: AskedText
    count: Askers
    priority: Annotated[Count, Field(description="the higher, the sooner; docs/questions.md")]
    askers: Annotated[tuple[AskerView, ...], Field(max_length=FACES, description="those who matter most")]
    asked_at: EpochMs
    expires_at: Annotated[EpochMs | None, Field(description="absent: it waits for as long as it takes")] = None
    by: Answerer | None = None
    handed_to: HandTo | None = None
    answer: AnswerText | None = None
    settled_at: Annotated[EpochMs | None, Field(description="when it was answered, or left")] = None


class QuestionQueue(Model):
    """The open questions of the room, for the staff: those to be answered first, first."""

    questions: Annotated[tuple[QuestionView, ...], Field(max_length=QUEUE_SHOWN, description="open ones")]
    open: Annotated[Count, Field(description="open questions, also those not listed")]


class MyQuestion(Model):
    """A question of one's own."""

    id: ItemId
    version: Version
    status: QuestionStatus
    text: AskedText
    count: Askers
    by: Answerer | None = None
    handed_to: HandTo | None = None
    answer: AnswerText | None = None


class ShownQuestion(Model):
    """A question that the staff took up, as everybody sees it."""

    id: ItemId
    version: Version
    status: QuestionStatus
    text: AskedText
    count: Askers
    asked_by: Person
    by: Answerer | None = None
    answer: AnswerText | None = None


@event("question.shown", delivery=Delivery.SEQUENCED)
class QuestionShown(Model):
    """A question is being answered now, or was."""

    question: ShownQuestion


@event("question.changed", delivery=Delivery.PRIVATE)
class QuestionChanged(Model):
    """To the staff: a question is new, was asked again, or has come on."""

    question: QuestionView


@event("question.progressed", delivery=Delivery.PRIVATE)
class QuestionProgressed(Model):
    """To somebody who asked: what became of it."""

    question: MyQuestion


class QuestionAck(Model):
    """What the question is now."""

    question: QuestionView


class OfQuestion(Model):
    """A command about one question."""

    question: ItemId


@command("question.take", roles=STAFF, rate=PACE, ack=QuestionAck)
class TakeQuestion(OfQuestion):
    """Begin to answer; the room sees it."""


@command("question.put_back", roles=STAFF, rate=PACE, ack=QuestionAck)
class PutBackQuestion(OfQuestion):
    """Answer it later after all."""


@command("question.answer", roles=STAFF, rate=PACE, ack=QuestionAck)
class AnswerQuestion(OfQuestion):
    """It is answered."""

    answer: AnswerText = ""


@command("question.hand_over", roles=STAFF, rate=PACE, ack=QuestionAck)
class HandOverQuestion(OfQuestion):
    """Somebody else is to answer."""

    to: Annotated[HandTo, Field(strict=False, description="who")]


@command("question.dismiss", roles=STAFF, rate=PACE, ack=QuestionAck)
class DismissQuestion(OfQuestion):
    """Take it out of the queue unanswered; the same question does not come back in this show."""
