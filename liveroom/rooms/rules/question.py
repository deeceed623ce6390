"""The life of a question as a table: asked, delivered, being answered, and how it ended (L11).

Promise: `TABLE` is the whole machine. Whoever asks the same later is in the same entry: what is answered stays answered
for them for a while, what was dismissed stays dismissed in this show, what was left open is open again. The first
answer stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.question import Answerer, HandTo, QuestionShown, QuestionStatus
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.question_state import ASKERS_MOST, Asker, QuestionState, shown

ASKED, DELIVERED, ANSWERING = QuestionStatus.ASKED, QuestionStatus.DELIVERED, QuestionStatus.ANSWERING
ANSWERED, HANDED_OVER = QuestionStatus.ANSWERED, QuestionStatus.HANDED_OVER
EXPIRED, DISMISSED = QuestionStatus.EXPIRED, QuestionStatus.DISMISSED


@dataclass(frozen=True, slots=True)
class Begin:
    """The first who ask; as `Ask`."""

    id: str
    room: str
    show_id: str
    text: str
    options: QuestionOptions
    askers: tuple[Asker, ...]
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """More people ask the same; `delivered`: somebody of the staff is there to see it."""

    askers: tuple[Asker, ...]
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """It was sent to somebody of the staff."""


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody begins to answer."""

    by: Answerer


@dataclass(frozen=True, slots=True)
class PutBack:
    """Not now after all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """It is answered."""

    by: Answerer
    text: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Somebody else is to answer."""

    by: Answerer
    to: HandTo


@dataclass(frozen=True, slots=True)
class Dismiss:
    """It is not going to be answered."""

    by: Answerer


@dataclass(frozen=True, slots=True)
class Leave:
    """The show is over, or others are more urgent."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Its time is over, perhaps."""


Command = Ask | Deliver | Take | PutBack | Answer | HandOver | Dismiss | Leave | Elapse

_SETTLES: dict[type[Command], QuestionStatus] = {Answer: ANSWERED, HandOver: HANDED_OVER, Dismiss: DISMISSED}
TABLE: dict[tuple[QuestionStatus, type[Command]], QuestionStatus] = {
    **{(status, Ask): status for status in QuestionStatus if status is not EXPIRED},
    **{(status, Deliver): status for status in QuestionStatus},
    **{(status, Elapse): status for status in QuestionStatus},
    **{(status, Leave): EXPIRED for status in (ASKED, DELIVERED, ANSWERING)},
    **{(status, Leave): status for status in (ANSWERED, HANDED_OVER, EXPIRED, DISMISSED)},
    **{(at, do): to for at in (ASKED, DELIVERED, ANSWERING, HANDED_OVER, EXPIRED) for do, to in _SETTLES.items()},
    **{(status, Take): ANSWERING for status in (ASKED, DELIVERED, ANSWERING, HANDED_OVER)},
    (EXPIRED, Ask): ASKED,
    (ASKED, Deliver): DELIVERED,
    (ASKED, PutBack): ASKED,
    (DELIVERED, PutBack): DELIVERED,
    (ANSWERING, PutBack): DELIVERED,
    (ANSWERED, Answer): ANSWERED,
    (DISMISSED, Dismiss): DISMISSED,
}
NAMES: dict[type[Command], str] = {
    Ask: "is asked again",
    Deliver: "reaches the staff",
    Take: "is taken up",
    PutBack: "is put back",
    Answer: "is answered",
    HandOver: "is handed over",
    Dismiss: "is dismissed",
    Leave: "the show ends",
    Elapse: "the clock",
}
MORE: tuple[tuple[QuestionStatus, str, QuestionStatus], ...] = (
    (ASKED, "its time is over", EXPIRED),
    (DELIVERED, "its time is over", EXPIRED),
    (ANSWERED, "is asked again much later", ASKED),
    (ANSWERED, "the same, while somebody of the staff is there", DELIVERED),
    (EXPIRED, "is asked again while somebody of the staff is there", DELIVERED),
)


def begin(command: Begin, now_ms: int) -> QuestionState:
    """A new question; at least one asker."""
    kept = command.askers[:ASKERS_MOST]
    return QuestionState(
        id=command.id,
        room=command.room,
        show_id=command.show_id,
        version=1,
        status=DELIVERED if command.delivered else ASKED,
        text=command.text,
        options=command.options,
        asked_ms=kept[0].at_ms,
        askers=kept,
        more=len(command.askers) - len(kept),
        expires_ms=now_ms + command.options.open_s * 1000,
    )


def apply(state: QuestionState, command: Command, now_ms: int) -> tuple[QuestionState, tuple[Model, ...]]:
    """Apply one command; the same state when nothing changes, else with its next version.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`.
    """
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise _refuse(state, command)
    after = _step(state, command, status, now_ms)
    if after == state:
        return state, ()
    after = replace(after, version=state.version + 1)
    is_seen = ANSWERING in (state.status, after.status) or (after.status is ANSWERED is not state.status)
    return after, (QuestionShown(question=shown(after)),) if is_seen else ()


def _step(state: QuestionState, command: Command, status: QuestionStatus, now_ms: int) -> QuestionState:
    if isinstance(command, Ask):
        return _ask(state, command, now_ms)
    if isinstance(command, Elapse):
        is_over = state.expires_ms is not None and state.expires_ms <= now_ms
        return _settle(state, EXPIRED, now_ms) if is_over else state
    if status is state.status and not isinstance(command, Take | HandOver):
        return state
    if isinstance(command, Answer):
        return replace(_settle(state, status, now_ms), by=command.by, answer=command.text)
    if isinstance(command, HandOver):
        return replace(_settle(state, status, now_ms), by=command.by, handed_to=command.to)
    if isinstance(command, Dismiss):
        return replace(_settle(state, status, now_ms), by=command.by)
    if isinstance(command, Take):
        return replace(state, status=status, by=command.by, expires_ms=None, settled_ms=None)
    if isinstance(command, Leave):
        return _settle(state, status, now_ms)
    return _open(replace(state, by=None), status, now_ms)


def _ask(state: QuestionState, command: Ask, now_ms: int) -> QuestionState:
    asked = {asker.user.id for asker in state.askers}
    new = [asker for asker in command.askers if asker.user.id not in asked]
    fits = ASKERS_MOST - len(state.askers)
    state = replace(state, askers=(*state.askers, *new[:fits]), more=state.more + len(new[fits:]))
    if state.status is EXPIRED or (state.status is ANSWERED and _is_stale(state, now_ms)):
        again = DELIVERED if command.delivered else ASKED
        return replace(_open(state, again, now_ms), by=None, answer=None, settled_ms=None, asked_ms=now_ms)
    return state


def _is_stale(state: QuestionState, now_ms: int) -> bool:
    return state.settled_ms is not None and now_ms >= state.settled_ms + state.options.again_s * 1000


def _open(state: QuestionState, status: QuestionStatus, now_ms: int) -> QuestionState:
    expires_ms = state.expires_ms if state.expires_ms is not None else now_ms + state.options.open_s * 1000
    return replace(state, status=status, expires_ms=expires_ms)


def _settle(state: QuestionState, status: QuestionStatus, now_ms: int) -> QuestionState:
    settled_ms = state.settled_ms if status is state.status else now_ms
    return replace(state, status=status, expires_ms=None, settled_ms=settled_ms)


def _refuse(state: QuestionState, command: Command) -> Refusal:
    possible = ", ".join(NAMES[kind] for at, kind in TABLE if at is state.status)
    text = f"a question that is {state.status.value} cannot be one that {NAMES[type(command)]}; possible: {possible}"
    return Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value, possible=possible)
