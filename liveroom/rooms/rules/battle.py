"""A battle (PK) as a table (L16, L18, L19): from the invitation by way of the fight and the punishment to a rematch.

Promise: `TABLE` is the whole machine; a pair that is not in it is refused, and the refusal names what is possible. What
happens by itself (time, a host who is lost, a show that ends) changes nothing where it means nothing. A repeat of a
command by the same room in the state it has led to changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle_view import Answer, BattleStatus, Closing, Ending, Out
from liveroom.rooms.rules import battle_clock, battle_result, battle_sides
from liveroom.rooms.rules.battle_commands import (
    Accept,
    AgreeEnd,
    Cancel,
    Command,
    CutShort,
    DeclineRematch,
    Elapse,
    EndRoom,
    GoOn,
    Invite,
    Lose,
    Match,
    Quit,
    Refuse,
    Rematch,
    Return,
    Settle,
)
from liveroom.rooms.rules.battle_state import (
    COUNTING,
    ENDED,
    INVITED,
    OVERTIME,
    PUNISHMENT,
    READY,
    REMATCH,
    RUNNING,
    SETTLED,
    BattleState,
    Party,
)
from liveroom.rooms.rules.wrong_state import refuse

TABLE: Mapping[tuple[BattleStatus, type[Command]], BattleStatus] = MappingProxyType(
    {
        (INVITED, Accept): INVITED,
        (INVITED, Refuse): INVITED,
        (INVITED, Cancel): ENDED,
        (INVITED, EndRoom): INVITED,
        (INVITED, Elapse): ENDED,
        (READY, Elapse): RUNNING,
        (READY, Quit): READY,
        (READY, EndRoom): READY,
        (READY, Lose): READY,
        (READY, Return): READY,
        **{
            (status, command): after
            for status in (RUNNING, OVERTIME)
            for command, after in {
                AgreeEnd: status,
                GoOn: status,
                Quit: status,
                EndRoom: status,
                Lose: status,
                Return: status,
                Elapse: COUNTING,
            }.items()
        },
        (COUNTING, Elapse): COUNTING,
        (COUNTING, Settle): SETTLED,
        (COUNTING, EndRoom): COUNTING,
        (SETTLED, Elapse): PUNISHMENT,
        (SETTLED, Rematch): SETTLED,
        (SETTLED, EndRoom): SETTLED,
        (PUNISHMENT, Elapse): REMATCH,
        (PUNISHMENT, CutShort): PUNISHMENT,
        (PUNISHMENT, Rematch): PUNISHMENT,
        (PUNISHMENT, EndRoom): PUNISHMENT,
        (REMATCH, Elapse): ENDED,
        (REMATCH, Rematch): REMATCH,
        (REMATCH, DeclineRematch): ENDED,
        (REMATCH, EndRoom): ENDED,
    }
)
"""Where a command leads, where that is not a matter of who else has said what (docs/machines.md draws both)."""
NAMES: Mapping[type[Command], str] = MappingProxyType(
    {
        Accept: "battle.accept",
        Refuse: "battle.refuse",
        Cancel: "battle.cancel",
        AgreeEnd: "battle.agree_end",
        GoOn: "battle.go_on",
        Quit: "battle.quit",
        CutShort: "battle.cut_short",
        Rematch: "battle.rematch",
        DeclineRematch: "battle.decline_rematch",
        Elapse: "its time is over",
        Settle: "the points are counted",
        Lose: "a host is lost",
        Return: "a host is back",
        EndRoom: "a show ends",
    }
)
PASSING = (Elapse, Settle, Lose, Return, EndRoom)
"""What happens by itself; in a state where it means nothing it changes nothing."""


def apply(state: BattleState | None, command: Command | Invite | Match, now_ms: int) -> BattleState:
    """Apply one command, after everything that was due before it; the same object when nothing changes.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`; `not_found`, the room is not in the battle;
            `invalid_field`, such a battle cannot be.
    """
    if isinstance(command, Invite | Match):
        if state is not None:
            raise Refusal(ErrorCode.WRONG_STATE, "there is a battle of this id already", state="exists")
        return battle_sides.begin(command, now_ms)
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no battle of this id", field="battle")
    after = battle_clock.elapse(state, now_ms)
    if not isinstance(command, Elapse):
        # What a command leads to can be due by now itself: overtime begins with a host who was lost meanwhile.
        after = battle_clock.elapse(_rule(after, command, now_ms), now_ms)
    return state if after == state else replace(after, version=state.version + 1)


def _rule(state: BattleState, command: Command, now_ms: int) -> BattleState:
    party = None if isinstance(command, Settle | Elapse) else state.party(command.room)
    if party is not None and (repeats := _REPEATS.get(type(command))) is not None and repeats(state, party):
        return state
    if (state.status, type(command)) not in TABLE:
        if isinstance(command, PASSING):
            return state
        raise refuse("battle", state.status, type(command), TABLE, NAMES, PASSING)
    if party is not None and party.answer is not Answer.JOINED and state.status is not INVITED:
        if isinstance(command, PASSING):
            return state
        raise Refusal(ErrorCode.NOT_FOUND, "this room has not joined the battle", field="battle", room=party.room)
    return _HOW[type(command)](state, command, now_ms)


def _accept(state: BattleState, command: Accept, now_ms: int) -> BattleState:
    party = state.party(command.room)
    if party.answer is not Answer.WAITING:
        text = "this room has refused; it has to be invited anew"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=party.answer.value, room=command.room)
    return battle_clock.answered(state.with_party(replace(party, answer=Answer.JOINED)), now_ms)


def _refuse_invitation(state: BattleState, command: Refuse, now_ms: int) -> BattleState:
    if command.room == state.by:
        raise Refusal(ErrorCode.WRONG_STATE, "whoever has invited can cancel", possible=NAMES[Cancel], state="joined")
    party = state.party(command.room)
    return battle_clock.answered(state.with_party(replace(party, answer=Answer.REFUSED)), now_ms)


def _cancel(state: BattleState, command: Cancel, now_ms: int) -> BattleState:
    if command.room != state.by:
        raise Refusal(ErrorCode.FORBIDDEN, "only the room that has invited can take it back", room=command.room)
    return battle_clock.end(state, Closing.CANCELLED, now_ms)


def _agree_end(state: BattleState, command: AgreeEnd, now_ms: int) -> BattleState:
    party = state.party(command.room)
    if not party.is_in:
        return state
    after = state.with_party(replace(party, agrees=True))
    if all(each.agrees for each in after.parties if each.is_in):
        return battle_clock.count(after, Ending.CONSENT, now_ms)
    return after


def _go_on(state: BattleState, command: GoOn, now_ms: int) -> BattleState:
    return replace(state, parties=tuple(replace(party, agrees=False) for party in state.parties))


def _quit(state: BattleState, command: Quit, now_ms: int) -> BattleState:
    party = state.party(command.room)
    return battle_clock.put_out(state, [party], Out.QUIT, now_ms) if party.is_in else state


def _lose(state: BattleState, command: Lose, now_ms: int) -> BattleState:
    """Time away counts from the start of the round at the earliest; who was found to be lost can still come back.

    Hosts who were lost with their server are found one after the other: the first would lose before the next is told.
    """
    party = state.party(command.room)
    if not party.is_in or party.lost_at_ms is not None:
        return state
    at_most_ms = battle_clock.FORFEIT_MS - battle_clock.LEFT_MS
    since_ms = max(min(command.since_ms, now_ms), now_ms - at_most_ms, state.starts_at_ms or 0)
    return state.with_party(replace(party, lost_at_ms=since_ms))


def _return(state: BattleState, command: Return, now_ms: int) -> BattleState:
    return state.with_party(replace(state.party(command.room), lost_at_ms=None, is_away=False))


def _end_room(state: BattleState, command: EndRoom, now_ms: int) -> BattleState:
    party = state.party(command.room)
    if state.status is INVITED:
        if command.room == state.by:
            return battle_clock.end(state, Closing.LEFT, now_ms)
        return battle_clock.answered(state.with_party(replace(party, answer=Answer.REFUSED)), now_ms)
    after = state.with_party(replace(party, has_left=True))
    if state.status in (READY, RUNNING, OVERTIME):
        return battle_clock.put_out(after, [after.party(command.room)], Out.ENDED, now_ms) if party.is_in else after
    staying = {each.side for each in after.joined if not each.has_left}
    if state.status is REMATCH or (state.status is PUNISHMENT and len(staying) < 2):
        return battle_clock.end(after, Closing.LEFT, now_ms)
    return after


def _cut_short(state: BattleState, command: CutShort, now_ms: int) -> BattleState:
    party = state.party(command.room)
    after = state.with_party(replace(party, agrees=True))
    has_won = state.result is not None and party.side == state.result.winner
    if has_won or all(each.agrees for each in after.joined if not each.has_left):
        return battle_clock.offer(after, now_ms)
    return after


def _rematch(state: BattleState, command: Rematch, now_ms: int) -> BattleState:
    if not battle_clock.may_go_on(state):
        raise Refusal(ErrorCode.WRONG_STATE, "somebody has left, so there is no rematch", state=state.status.value)
    after = state.with_party(replace(state.party(command.room), rematch=True))
    return battle_clock.rematch_if_wanted(after, now_ms)


def _decline_rematch(state: BattleState, command: DeclineRematch, now_ms: int) -> BattleState:
    return battle_clock.end(state, Closing.OVER, now_ms)


_HOW: Mapping[type[Command], Callable[[BattleState, Any, int], BattleState]] = {
    Accept: _accept,
    Refuse: _refuse_invitation,
    Cancel: _cancel,
    AgreeEnd: _agree_end,
    GoOn: _go_on,
    Quit: _quit,
    Lose: _lose,
    Return: _return,
    EndRoom: _end_room,
    Settle: battle_result.settle,
    CutShort: _cut_short,
    Rematch: _rematch,
    DeclineRematch: _decline_rematch,
}


_REPEATS: Mapping[type[Command], Callable[[BattleState, Party], bool]] = {
    Accept: lambda state, party: party.answer is Answer.JOINED and state.status is not ENDED,
    Refuse: lambda state, party: party.answer is Answer.REFUSED,
    Cancel: lambda state, party: state.closed is Closing.CANCELLED and state.by == party.room,
    AgreeEnd: lambda state, party: state.ending is Ending.CONSENT and state.status is not ENDED,
    Quit: lambda state, party: party.out is Out.QUIT,
    CutShort: lambda state, party: state.status is REMATCH,
    Rematch: lambda state, party: state.round > 1 and state.status in (READY, RUNNING),
    DeclineRematch: lambda state, party: state.closed is Closing.OVER,
}
"""Whether the room has said this already, and it has led to where the battle is."""
