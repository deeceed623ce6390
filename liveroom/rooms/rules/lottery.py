"""A lottery's life as a table: open, drawing, drawn, hidden; or cancelled while it is open (L28).

Promise: `TABLE` is the whole machine. Winners are drawn once, from the seed that was bound at the beginning and the
entries that were taken; each command can be repeated, so that whoever got no answer asks again.
"""

from __future__ import annotations

from dataclasses import replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.lottery import (
    KEYWORD_CHARS,
    MOST_WINNERS,
    PRIZE_CHARS,
    TITLE_CHARS,
    ByComment,
    LotteryStatus,
)
from liveroom.rooms.rules import draw
from liveroom.rooms.rules.keywords import fold
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.lottery_state import (
    CANCELLED,
    DRAWING,
    DRAWN,
    HIDDEN,
    OPEN,
    Cancel,
    Command,
    Draw,
    Elapse,
    Hide,
    LotteryState,
)
from liveroom.rooms.rules.wrong_state import refuse

TABLE: dict[tuple[LotteryStatus, type[Command]], LotteryStatus] = {
    (OPEN, Draw): DRAWING,
    (DRAWING, Draw): DRAWING,
    (DRAWN, Draw): DRAWN,
    (OPEN, Cancel): CANCELLED,
    (CANCELLED, Cancel): CANCELLED,
    (DRAWN, Hide): HIDDEN,
    (HIDDEN, Hide): HIDDEN,
    (OPEN, Elapse): DRAWING,
    (DRAWING, Elapse): DRAWN,
    (DRAWN, Elapse): HIDDEN,
}
"""Where a command leads."""
NAMES: dict[type[Command], str] = {
    Draw: "lottery.draw",
    Cancel: "lottery.cancel",
    Hide: "lottery.hide",
    Elapse: "its time is over",
}


def create(draft: LotteryState) -> LotteryState:
    """Check what is to be drawn, clean its texts, and bind the seed.

    Raises:
        Refusal: `invalid_field`.
    """
    prizes = tuple(
        prize.model_copy(update={"name": clean_line(prize.name, PRIZE_CHARS, f"prizes.{at}.name")})
        for at, prize in enumerate(draft.prizes)
    )
    if draw.places(prizes) > MOST_WINNERS:
        raise Refusal(ErrorCode.INVALID_FIELD, f"at most {MOST_WINNERS} can win", field="prizes")
    way = draft.way
    if isinstance(way, ByComment):
        way = way.model_copy(update={"keyword": clean_line(way.keyword, KEYWORD_CHARS, "way.keyword")})
        if not fold(way.keyword):
            raise Refusal(ErrorCode.INVALID_FIELD, "the keyword has no letter and no figure", field="way.keyword")
    title = clean_line(draft.title, TITLE_CHARS, "title")
    return replace(draft, title=title, prizes=prizes, way=way, commitment=draw.commit(draft.id, draft.seed, prizes))


def apply(state: LotteryState, command: Command, now_ms: int) -> LotteryState:
    """Apply one command; the same object when it changes nothing.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`.
    """
    status = TABLE.get((state.status, type(command)))
    if isinstance(command, Elapse) and (status is None or state.due_at_ms is None or now_ms < state.due_at_ms):
        return state
    if status is None:
        raise refuse("lottery", state.status, type(command), TABLE, NAMES, (Elapse,))
    if status is state.status:
        return state
    after = replace(state, status=status, version=state.version + 1)
    if status is DRAWING and isinstance(command, Draw | Elapse) and command.entries is not None:
        at_ms = max(now_ms, state.opened_at_ms)
        return replace(after, entries=command.entries, draws_at_ms=at_ms + state.suspense_ms)
    if status is DRAWN and isinstance(command, Elapse) and command.drawn is not None:
        drawn = command.drawn
        return replace(after, entries_hash=drawn.entries_hash, winners=drawn.winners, drawn_at_ms=now_ms)
    if status is DRAWING or status is DRAWN:
        raise ValueError("the entries have to be known")
    return after


def asks_entries(state: LotteryState, command: type[Command], now_ms: int) -> bool:
    """Whether a command has to know how many have entered: no more entries are taken from then on."""
    return state.status is OPEN and (command is Draw or (command is Elapse and now_ms >= state.ends_at_ms))


def asks_winners(state: LotteryState, command: type[Command], now_ms: int) -> bool:
    """Whether a command has to know who wins."""
    due_at_ms = state.due_at_ms
    return state.status is DRAWING and command is Elapse and due_at_ms is not None and now_ms >= due_at_ms
