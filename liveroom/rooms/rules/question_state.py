"""A question as it is kept, and what it is worth.

Promise: everybody counts once, also those beyond `ASKERS_MOST` of whom nothing is kept as long as they ask once.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.question import (
    FACES,
    Answerer,
    AskerView,
    HandTo,
    MyQuestion,
    QuestionStatus,
    QuestionView,
    ShownQuestion,
)
from liveroom.rooms.rules.question_options import QuestionOptions, QuestionWeights

ASKERS_MOST = 200
"""Of whom is known that they asked, so that they are told what became of it; more are counted."""
SAME_MOST = 50
LEVEL_MOST = 100

OPEN = frozenset({QuestionStatus.ASKED, QuestionStatus.DELIVERED, QuestionStatus.ANSWERING, QuestionStatus.HANDED_OVER})
"""Statuses of a question that somebody may still answer in the show."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asked. `spent`: in this room so far, in minor units; `bought`: has bought here or says the token."""

    user: Person
    at_ms: int
    level: int = 0
    member: bool = False
    bought: bool = False
    spent: int = 0


@dataclass(frozen=True, slots=True)
class QuestionState:
    """The document.

    Args:
        askers: in the order in which they asked, at most `ASKERS_MOST`.
        more: people who asked besides.
        expires_ms: when it is left, unless it is answered; None: it is settled, or waits for as long as it takes.
    """

    id: str
    room: str
    show_id: str
    version: int
    status: QuestionStatus
    text: str
    options: QuestionOptions
    asked_ms: int
    askers: tuple[Asker, ...]
    more: int = 0
    expires_ms: int | None = None
    by: Answerer | None = None
    handed_to: HandTo | None = None
    answer: str | None = None
    settled_ms: int | None = None

    @property
    def count(self) -> int:
        """How many people asked."""
        return len(self.askers) + self.more

    @property
    def is_open(self) -> bool:
        """Whether somebody may still answer in the show."""
        return self.status in OPEN


def priority(state: QuestionState) -> int:
    """What the question is worth; the higher, the sooner it is to be answered."""
    weights = state.options.weights
    return (
        weights.same * min(state.count - 1, SAME_MOST)
        + weights.member * any(asker.member for asker in state.askers)
        + weights.level * max((min(asker.level, LEVEL_MOST) for asker in state.askers), default=0)
        + weights.spent * any(asker.bought for asker in state.askers)
    )


def order(state: QuestionState) -> tuple[int, int, str]:
    """Sorts questions: the most worth first, of the same worth who has waited longest."""
    return (-priority(state), state.asked_ms, state.id)


def worth(asker: Asker, weights: QuestionWeights) -> int:
    """What one asker adds; for choosing whom to name."""
    return weights.member * asker.member + weights.level * min(asker.level, LEVEL_MOST) + weights.spent * asker.bought


def view(state: QuestionState) -> QuestionView:
    """As the staff see it."""
    ranked = sorted(state.askers, key=lambda asker: -worth(asker, state.options.weights))
    return QuestionView(
        id=state.id,
        version=state.version,
        show_id=state.show_id,
        status=state.status,
        text=state.text,
        count=state.count,
        priority=priority(state),
        askers=tuple(
            AskerView(
                user=each.user,
                level=each.level,
                member=each.member,
                spent=each.spent,
                at=each.at_ms,
            )
            for each in ranked[:FACES]
        ),
        asked_at=state.asked_ms,
        expires_at=state.expires_ms,
        by=state.by,
        handed_to=state.handed_to,
        answer=state.answer,
        settled_at=state.settled_ms,
    )


def mine(state: QuestionState) -> MyQuestion:
    """As those who asked see it."""
    return MyQuestion(
        id=state.id,
        version=state.version,
        status=state.status,
        text=state.text,
        count=state.count,
        by=state.by,
        handed_to=state.handed_to,
        answer=state.answer,
    )


def shown(state: QuestionState) -> ShownQuestion:
    """As everybody sees it."""
    return ShownQuestion(
        id=state.id,
        version=state.version,
        status=state.status,
        text=state.text,
        count=state.count,
        asked_by=state.askers[0].user,
        by=state.by,
        answer=state.answer,
    )
