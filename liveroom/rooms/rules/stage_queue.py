"""The clock of the stage: what is over, and who is next."""

from __future__ import annotations

from liveroom.rooms.messages.stage_view import Ending, StageStatus, Standing
from liveroom.rooms.rules.stage_seats import choose_seat, has_reservation, sit_down
from liveroom.rooms.rules.stage_state import Guest, StageState, take_out


def clear_overdue(state: StageState, now_ms: int) -> StageState:
    """Everybody is out whose time is over: of an application, an invitation, a turn, or of being away."""
    for guest in state.guests:
        reason = _why_over(guest, now_ms)
        if reason is not None:
            state = take_out(state, guest.user.id, reason, now_ms)
    return state


def _why_over(guest: Guest, now_ms: int) -> Ending | None:
    if guest.until_ms is not None and guest.until_ms <= now_ms:
        return Ending.TIME_UP if guest.standing is Standing.SEATED else Ending.EXPIRED
    if guest.kept_until_ms is not None and guest.kept_until_ms <= now_ms:
        return Ending.DROPPED
    return None


def call_next(state: StageState, now_ms: int) -> StageState:
    """Give seats to those who wait: a reserved one to whom it is for; others, where that is automatic, to the first.

    Nobody is called who is not connected: they keep their place, and the next is called.
    """
    if state.status is StageStatus.ENDED:
        return state
    for guest in state.queue():
        if guest.kept_until_ms is not None or not (state.auto or has_reservation(state, guest.user.id)):
            continue
        seat = choose_seat(state, guest.user.id)
        if seat is not None:
            state = sit_down(state, guest, seat, now_ms)
    return state


def next_end(state: StageState) -> int | None:
    """When the next time is over."""
    ends = [end for guest in state.guests for end in (guest.until_ms, guest.kept_until_ms) if end is not None]
    return min(ends, default=None)
