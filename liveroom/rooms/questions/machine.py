"""A question as a machine: one document for each, merged from all who ask it in a show."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter

from liveroom.rooms.machines import Elapse, Machine, Step
from liveroom.rooms.machines.contract import ForRoom, ForServers
from liveroom.rooms.messages.question import QuestionStatus
from liveroom.rooms.rules import question
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.question_likeness import Likeness
from liveroom.rooms.rules.question_state import QuestionState

WEBHOOKS = {QuestionStatus.ANSWERED: "question.answered", QuestionStatus.EXPIRED: "question.left_open"}


def question_id(show_id: str, likeness: Likeness) -> str:
    """The id of a question; the same words in the same show have the same one on every node."""
    return f"{show_id}-{blake2b(likeness.key.encode(), digest_size=8).hexdigest()}"


def lobby_of(room: RoomState) -> str:
    """What questions before a show belong to, instead of a show; another one each time that the room is opened."""
    opening = room.id if room.opened_at is None else f"{room.id}\n{room.opened_at}"
    return f"lobby_{blake2b(opening.encode(), digest_size=8).hexdigest()}"


def show_of(room: RoomState) -> str:
    """The show that questions belong to now, or the lobby."""
    return room.show.id if room.show else lobby_of(room)


def _apply(state: QuestionState | None, command: Any, now_ms: int) -> Step[QuestionState]:
    if state is None:
        return Step(question.begin(command, now_ms))
    order = question.Elapse() if isinstance(command, Elapse) else command
    after, events = question.apply(state, order, now_ms)
    told: list[ForRoom | ForServers] = [ForRoom(after.room, event) for event in events]
    if after.status is not state.status and after.status in WEBHOOKS:
        data: dict[str, object] = {"question": after.id, "text": after.text, "count": after.count}
        told.append(ForServers(after.room, WEBHOOKS[after.status], data))
    return Step(after, told)


QUESTION: Machine[QuestionState] = Machine(
    "question", TypeAdapter(QuestionState), _apply, lambda state: state.expires_ms, lambda state: state.room
)
