"""A comment that waits for the staff, as a state machine (L10).

Promise: it is settled once, by the first who decides or by its deadline; what was decided is not turned round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.review import HeldComment, Verdict
from liveroom.rooms.messages.talk import Fallback
from liveroom.rooms.moderation.screen import Reason


class Status(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Held:
    """The document. `by`: who decided; None: nobody yet, or the deadline."""

    room: str
    comment: CommentSent
    reason: Reason
    found: tuple[str, ...]
    until_ms: int
    fallback: Fallback
    status: Status = Status.WAITING
    by: str | None = None

    def view(self) -> HeldComment:
        """As the staff sees it."""
        return HeldComment(
            comment=self.comment, reason=self.reason, found=self.found, until=self.until_ms, fallback=self.fallback
        )

    @property
    def verdict(self) -> Verdict:
        """What became of it, once it is settled."""
        return Verdict(self.status.value)


class Publish(NamedTuple):
    """Somebody of the staff shows it to everybody."""

    by: str


class Refuse(NamedTuple):
    """Somebody of the staff shows it to nobody."""

    by: str


class Elapse(NamedTuple):
    """The deadline may be over."""


Review = Publish | Refuse
Command = Review | Elapse

WAITING, PUBLISHED, REFUSED = Status.WAITING, Status.PUBLISHED, Status.REFUSED
TABLE: dict[tuple[Status, type[Command]], Status] = {
    (WAITING, Publish): PUBLISHED,
    (PUBLISHED, Publish): PUBLISHED,
    (WAITING, Refuse): REFUSED,
    (REFUSED, Refuse): REFUSED,
    (WAITING, Elapse): REFUSED,
}
"""Where a command leads; at the deadline a room may publish instead (`MORE`)."""
MORE = ((WAITING, "the deadline, where the room publishes then", PUBLISHED),)
NAMES: dict[type[Command], str] = {
    Publish: "comment.review to publish",
    Refuse: "comment.review to refuse",
    Elapse: "the deadline",
}


def apply(state: Held, command: Command, now_ms: int) -> Held:
    """The state after a command; the same object when nothing is other than before.

    Raises:
        Refusal: `wrong_state`, it was decided otherwise.
    """
    status = TABLE.get((state.status, type(command)))
    if isinstance(command, Elapse):
        if status is None or now_ms < state.until_ms:
            return state
        return replace(state, status=PUBLISHED if state.fallback is Fallback.PUBLISH else status)
    if status is None:
        raise Refusal(ErrorCode.WRONG_STATE, f"this comment is {state.status.value} already", state=state.status.value)
    return state if status is state.status else replace(state, status=status, by=command.by)


def due(state: Held) -> int | None:
    """When the clock has something to say."""
    return state.until_ms if state.status is WAITING else None
