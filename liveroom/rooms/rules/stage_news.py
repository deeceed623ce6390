"""What a change of the stage is told as: found by comparing before and after, so nothing that changed is forgotten.

Promise: who sat down and who got up is told at once; a change of nothing but the length of the queue at most once in
`CALM_MS`, so that a crowd that applies does not drown the room.
"""

from __future__ import annotations

from dataclasses import replace

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.stage_view import Ending, GuestLeft, GuestSeated, StageChanged
from liveroom.rooms.rules.stage_state import Guest, StageState
from liveroom.rooms.rules.stage_view import view

CALM_MS = 500


def tell(before: StageState | None, after: StageState, now_ms: int) -> tuple[StageState, tuple[Model, ...]]:
    """The state with its next version, and the events of the change, in order.

    Args:
        after: something in it differs from `before`.
    """
    after = replace(after, version=before.version + 1 if before is not None else 1)
    waiting = len(after.queue())
    calm = before is not None and _same_but_queue(before, after)
    is_early = after.told_ms <= now_ms < after.told_ms + CALM_MS
    if calm and (waiting == after.told_waiting or is_early):
        return after, ()
    after = replace(after, told_waiting=waiting, told_ms=now_ms)
    moves = _moves(before, after) if before is not None else ()
    return after, (*moves, StageChanged(stage=view(after)))


def telling_due(state: StageState) -> int | None:
    """When the length of the queue is to be told; None: it is."""
    return state.told_ms + CALM_MS if len(state.queue()) != state.told_waiting else None


def _same_but_queue(before: StageState, after: StageState) -> bool:
    """Whether viewers see the same, but for the length of the queue."""
    return (
        before.seats == after.seats
        and (before.status, before.auto) == (after.status, after.auto)
        and [guest for guest in before.guests if guest.seat is not None]
        == [guest for guest in after.guests if guest.seat is not None]
    )


def _moves(before: StageState, after: StageState) -> tuple[Model, ...]:
    sat, sits = before.seated(), after.seated()
    left = [_left(after, guest) for user_id, guest in sat.items() if user_id not in sits]
    came = [
        GuestSeated(user=guest.user, seat=guest.seat, kind=guest.kind)
        for user_id, guest in sits.items()
        if user_id not in sat and guest.seat is not None
    ]
    return (*(each for each in left if each is not None), *came)


def _left(after: StageState, guest: Guest) -> GuestLeft | None:
    past = after.past_of(guest.user.id)
    if guest.seat is None:
        return None
    return GuestLeft(user=guest.user, seat=guest.seat, reason=past.reason if past is not None else Ending.LEFT)
