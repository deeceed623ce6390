"""A poll's life as a table: open, closed, settled, cancelled, hidden (L27).

Promise: `TABLE` is the whole machine. The result is frozen once, when votes are no longer taken, and is what was taken;
each command can be repeated, so that whoever got no answer asks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.poll import CHOICE_CHARS, QUESTION_CHARS, PollKind, PollStatus, Tally
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.poll_state import (
    CANCELLED,
    CLOSED,
    HIDDEN,
    OPEN,
    SETTLED,
    VOTERS,
    Cancel,
    Close,
    Command,
    Elapse,
    Hide,
    PollState,
    Settle,
)

TABLE: dict[tuple[PollStatus, type[Command]], PollStatus] = {
    (OPEN, Close): CLOSED,
    (CLOSED, Close): CLOSED,
    (SETTLED, Close): SETTLED,
    (CLOSED, Settle): SETTLED,
    (SETTLED, Settle): SETTLED,
    (OPEN, Cancel): CANCELLED,
    (CLOSED, Cancel): CANCELLED,
    (CANCELLED, Cancel): CANCELLED,
    (CLOSED, Hide): HIDDEN,
    (SETTLED, Hide): HIDDEN,
    (CANCELLED, Hide): CANCELLED,
    (HIDDEN, Hide): HIDDEN,
    (OPEN, Elapse): CLOSED,
    (CLOSED, Elapse): HIDDEN,
    (SETTLED, Elapse): HIDDEN,
}
"""Where a command leads. A quiz is settled by closing it; a prediction that nobody settles is cancelled by time."""
NAMES: dict[type[Command], str] = {
    Close: "poll.close",
    Settle: "poll.settle",
    Cancel: "poll.cancel",
    Hide: "poll.hide",
    Elapse: "its time is over",
}


def create(draft: PollState) -> PollState:
    """Check what is to be asked, and clean its texts.

    Raises:
        Refusal: `invalid_field`.
    """
    choices = tuple(clean_line(text, CHOICE_CHARS, f"choices.{at}") for at, text in enumerate(draft.choices))
    if len(set(choices)) < len(choices):
        raise Refusal(ErrorCode.INVALID_FIELD, "two choices are the same", field="choices")
    if draft.picks > len(choices):
        raise Refusal(ErrorCode.INVALID_FIELD, "one viewer cannot tap more choices than there are", field="picks")
    if (draft.kind is PollKind.QUIZ) != (draft.right is not None):
        text = "a quiz, and only a quiz, is asked with its right choice"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="right")
    if draft.kind is not PollKind.POLL and draft.picks != 1:
        raise Refusal(ErrorCode.INVALID_FIELD, "where one choice is right, one can be tapped", field="picks")
    if draft.right is not None:
        _require_choice(draft, draft.right)
    return replace(draft, question=clean_line(draft.question, QUESTION_CHARS, "question"), choices=choices)


def apply(state: PollState, command: Command, now_ms: int) -> PollState:
    """Apply one command; the same object when it changes nothing.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`; `invalid_field`.
    """
    status = TABLE.get((state.status, type(command)))
    if isinstance(command, Elapse):
        if state.due_at_ms is None or now_ms < state.due_at_ms or status is None:
            return state
        if state.status is CLOSED and state.kind is PollKind.PREDICTION:
            status = CANCELLED
    if status is None or not _fits(state, command):
        raise _refuse(state, type(command))
    if isinstance(command, Settle):
        return _settle(state, command.right, now_ms)
    if status is state.status:
        return state
    if state.status is OPEN and status is CLOSED and isinstance(command, Close | Elapse):
        return _close(state, command.votes, now_ms)
    return replace(state, status=status, over_at_ms=max(now_ms, state.opened_at_ms), version=state.version + 1)


def asks_votes(state: PollState, command: type[Command], now_ms: int) -> bool:
    """Whether a command needs to know the votes: it closes the poll."""
    return state.status is OPEN and (command is Close or (command is Elapse and now_ms >= state.ends_at_ms))


def read_votes(state: PollState, counted: Mapping[str, int]) -> Tally:
    """Votes from their counters."""
    votes = {letter: counted[letter] for letter in state.letters if counted.get(letter)}
    return Tally(votes=votes, voters=counted.get(VOTERS, 0))


def _close(state: PollState, votes: Mapping[str, int], now_ms: int) -> PollState:
    at_ms = max(now_ms, state.opened_at_ms)
    return replace(
        state,
        status=SETTLED if state.kind is PollKind.QUIZ else CLOSED,
        result=read_votes(state, votes),
        closed_at_ms=at_ms,
        over_at_ms=at_ms,
        version=state.version + 1,
    )


def _settle(state: PollState, right: str, now_ms: int) -> PollState:
    _require_choice(state, right)
    if state.status is SETTLED:
        if right != state.right:
            text = f"the prediction is settled already: {state.right} was right"
            raise Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value)
        return state
    over_at_ms = max(now_ms, state.opened_at_ms)
    return replace(state, status=SETTLED, right=right, over_at_ms=over_at_ms, version=state.version + 1)


def _fits(state: PollState, command: Command) -> bool:
    """Whether this kind of poll knows the command in this state."""
    if state.kind is PollKind.PREDICTION:
        return not (state.status is CLOSED and isinstance(command, Hide))
    return not (isinstance(command, Settle) or (state.status is CLOSED and isinstance(command, Cancel)))


def _require_choice(state: PollState, letter: str) -> None:
    if letter not in state.letters:
        raise Refusal(ErrorCode.INVALID_FIELD, f"there is no choice {letter}", field="right")


def _refuse(state: PollState, command: type[Command]) -> Refusal:
    blanks: dict[type[Command], Command] = {Close: Close({}), Settle: Settle("a"), Cancel: Cancel(), Hide: Hide()}
    allowed = [NAMES[each] for each in blanks if (state.status, each) in TABLE and _fits(state, blanks[each])]
    possible = ", ".join(allowed) or "nothing"
    text = (
        f"{NAMES[command]} is not possible while the {state.kind.value} is {state.status.value}; possible: {possible}"
    )
    return Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value, possible=possible)
