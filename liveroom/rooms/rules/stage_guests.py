"""What the commands about one person do, where the table lets them.

Each step is asked only in a state that the table has for its command, and gives the same state where it has taken
effect already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import Device, Ending, StageKind, StageStatus, Standing
from liveroom.rooms.rules.stage_commands import (
    Accept,
    Agree,
    Allow,
    Apply,
    Came,
    Cancel,
    Decline,
    Gone,
    Invite,
    Leave,
    Move,
    PersonCommand,
    Refuse,
    Remove,
    SetTurn,
    Switch,
    Withdraw,
)
from liveroom.rooms.rules.stage_refusals import refuse
from liveroom.rooms.rules.stage_seats import clear_reservation, find_seat, require_seat, sit_down
from liveroom.rooms.rules.stage_state import Guest, StageState, put, take_out

LEAST_KEPT_MS = 15_000
"""Who dropped has at least so long from when it was noticed, also after an outage of the server."""
LONGEST_TURN_MS = 86_400_000


def _apply_for_seat(state: StageState, command: Apply, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is not None and guest.standing is Standing.SEATED:
        return state
    if guest is not None and guest.standing is Standing.INVITED and guest.seat is not None:
        return sit_down(state, guest, guest.seat, now_ms)
    _require_kind(state, command.kind)
    if guest is not None:
        return put(state, replace(guest, kind=command.kind, line=command.line))
    _require_application(state, command.user_id, now_ms)
    until_ms = now_ms + state.options.apply_s * 1000
    return put(state, Guest(command.user, command.kind, Standing.WAITING, now_ms, command.line, until_ms=until_ms))


def _require_application(state: StageState, user_id: str, now_ms: int) -> None:
    if state.status is StageStatus.CLOSED:
        raise refuse(StageReason.CLOSED, state.status.value)
    past = state.past_of(user_id)
    if past is not None and past.again_ms is not None and now_ms < past.again_ms:
        raise refuse(StageReason.RESTING, Standing.ABSENT.value, again_at=past.again_ms)
    if len(state.queue()) >= state.options.waiting:
        raise refuse(StageReason.QUEUE_FULL, "full", waiting=state.options.waiting)


def _require_kind(state: StageState, kind: StageKind) -> None:
    if kind not in state.options.kinds:
        raise refuse(StageReason.KIND, kind.value)


def _accept(state: StageState, command: Accept, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None or guest.standing is Standing.SEATED:
        return state
    return sit_down(state, guest, require_seat(state, command.user_id, command.seat), now_ms)


def _invite(state: StageState, command: Invite, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is not None and guest.standing is not Standing.WAITING:
        return state
    if guest is not None:
        return sit_down(state, guest, require_seat(state, command.user_id, command.seat), now_ms)
    _require_kind(state, command.kind)
    seat = require_seat(state, command.user_id, command.seat)
    until_ms = now_ms + state.options.invite_s * 1000
    invited = Guest(command.user, command.kind, Standing.INVITED, now_ms, seat=seat, by=command.by, until_ms=until_ms)
    return put(state, invited)


def _agree(state: StageState, command: Agree, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None or guest.standing is Standing.SEATED or guest.seat is None:
        return state
    return sit_down(state, guest, guest.seat, now_ms)


def _end_with(reason: Ending) -> Callable[[StageState, Any, int], StageState]:
    def step(state: StageState, command: PersonCommand, now_ms: int) -> StageState:
        is_there = state.find(command.user_id) is not None
        return take_out(state, command.user_id, reason, now_ms) if is_there else state

    return step


def _remove(state: StageState, command: Remove, now_ms: int) -> StageState:
    return _end_with(command.reason)(state, command, now_ms)


def _move(state: StageState, command: Move, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None or guest.seat == find_seat(state, command.seat).number:
        return state
    number = require_seat(state, command.user_id, command.seat)
    return clear_reservation(put(state, replace(guest, seat=number)), number)


def _switch(state: StageState, command: Switch, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None:
        return state
    if command.camera and guest.kind is not StageKind.VIDEO:
        raise refuse(StageReason.KIND, guest.kind.value)
    mic = guest.mic if command.mic is None else Device(on=command.mic, allowed=guest.mic.allowed)
    camera = guest.camera if command.camera is None else Device(on=command.camera, allowed=guest.camera.allowed)
    return put(state, replace(guest, mic=mic, camera=camera))


def _allow(state: StageState, command: Allow, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None:
        return state
    kind = guest.kind
    if command.camera:
        # Somebody who came with audio alone may be seen from now on, when they switch their camera on.
        _require_kind(state, StageKind.VIDEO)
        kind = StageKind.VIDEO
    mic = guest.mic if command.mic is None else Device(on=guest.mic.on, allowed=command.mic)
    camera = guest.camera if command.camera is None else Device(on=guest.camera.on, allowed=command.camera)
    return put(state, replace(guest, kind=kind, mic=mic, camera=camera))


def _set_turn(state: StageState, command: SetTurn, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    ends_ms = command.ends_at_ms
    if guest is None or guest.until_ms == ends_ms:
        return state
    if ends_ms is not None and not now_ms < ends_ms <= now_ms + LONGEST_TURN_MS:
        raise refuse(StageReason.NO_LIMIT, guest.shown.value)
    return put(state, replace(guest, until_ms=ends_ms))


def _gone(state: StageState, command: Gone, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    if guest is None or guest.kept_until_ms is not None:
        return state
    kept_ms = max(command.since_ms + state.options.keep_s * 1000, now_ms + LEAST_KEPT_MS)
    return put(state, replace(guest, kept_until_ms=kept_ms))


def _came(state: StageState, command: Came, now_ms: int) -> StageState:
    guest = state.find(command.user_id)
    return state if guest is None else put(state, replace(guest, kept_until_ms=None))


STEPS: Mapping[type[PersonCommand], Callable[[StageState, Any, int], StageState]] = {
    Apply: _apply_for_seat,
    Cancel: _end_with(Ending.CANCELED),
    Accept: _accept,
    Refuse: _end_with(Ending.REFUSED),
    Invite: _invite,
    Agree: _agree,
    Decline: _end_with(Ending.DECLINED),
    Withdraw: _end_with(Ending.WITHDRAWN),
    Leave: _end_with(Ending.LEFT),
    Remove: _remove,
    Move: _move,
    Switch: _switch,
    Allow: _allow,
    SetTurn: _set_turn,
    Gone: _gone,
    Came: _came,
}
"""One for each command about a person; a test compares with the table."""
