"""Asking to be let in again, as a state machine (L10). Promise: one request at a time; after a denial a day's rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.review import APPEAL_CHARS, Appeal, AppealStatus
from liveroom.rooms.rules.text import normalise

REST_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class AppealState:
    """The document; it is used again when the same person asks again. `by`: who answered."""

    room: str
    user_id: str
    text: str
    at_ms: int
    status: AppealStatus = AppealStatus.OPEN
    again_at_ms: int | None = None
    by: str | None = None

    def view(self) -> Appeal:
        """As the staff and whoever asked see it."""
        return Appeal(
            user_id=self.user_id, status=self.status, text=self.text, at=self.at_ms, again_at=self.again_at_ms
        )


class Ask(NamedTuple):
    """Ask to be let in again."""

    room: str
    user_id: str
    text: str


class Grant(NamedTuple):
    """Let them in."""

    by: str


class Deny(NamedTuple):
    """Keep them out."""

    by: str


Decide = Grant | Deny
Command = Ask | Decide

OPEN, GRANTED, DENIED = AppealStatus.OPEN, AppealStatus.GRANTED, AppealStatus.DENIED
TABLE: dict[tuple[AppealStatus, type[Command]], AppealStatus] = {
    (OPEN, Ask): OPEN,
    (GRANTED, Ask): OPEN,
    (DENIED, Ask): OPEN,
    (OPEN, Grant): GRANTED,
    (GRANTED, Grant): GRANTED,
    (OPEN, Deny): DENIED,
    (DENIED, Deny): DENIED,
}
"""Where a command leads. Asking: with the same words while it is open, and after the rest that follows a denial."""
NAMES: dict[type[Command], str] = {
    Ask: "asks to be let in",
    Grant: "appeal.decide to grant",
    Deny: "appeal.decide to deny",
}


def apply(state: AppealState | None, command: Command, now_ms: int) -> AppealState:
    """The state after a command; the same object when nothing is other than before.

    Raises:
        Refusal: `invalid_field`; `wrong_state`, it was answered already, or it is too early to ask again; `not_found`.
    """
    if isinstance(command, Ask):
        return _ask(state, command, now_ms)
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND, "nobody has asked to be let in again", field="user_id")
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise Refusal(ErrorCode.WRONG_STATE, f"this is {state.status.value} already", state=state.status.value)
    if status is state.status:
        return state
    again_at_ms = now_ms + REST_MS if status is DENIED else None
    return replace(state, status=status, by=command.by, again_at_ms=again_at_ms)


def _ask(state: AppealState | None, command: Ask, now_ms: int) -> AppealState:
    text = normalise(command.text)
    if not text or len(text) > APPEAL_CHARS:
        raise Refusal(ErrorCode.INVALID_FIELD, f"say why, in 1 to {APPEAL_CHARS} characters", field="text")
    if state is not None and state.status is OPEN:
        if state.text == text:
            return state
        raise Refusal(ErrorCode.WRONG_STATE, "you have asked already; wait for the answer", state="open")
    if state is not None and state.again_at_ms is not None and now_ms < state.again_at_ms:
        text = "this was denied; ask again later"
        raise Refusal(ErrorCode.WRONG_STATE, text, state="denied", again_at=state.again_at_ms)
    return AppealState(command.room, command.user_id, text, now_ms)
