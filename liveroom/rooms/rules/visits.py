"""Visits: one person in one room, however many devices and however often the line is cut.

Promise: a visit survives an absence of up to `gap_ms`; so a welcome is said once per visit and not on a
reconnect (L6), and three tabs are one viewer. Leaving within 3 s without having done anything is a bounce (R16).
"""

from __future__ import annotations

from typing import NamedTuple

BOUNCE_MS = 3_000
DAY_MS = 86_400_000


class Visit(NamedTuple):
    """A visit that goes on, or may be taken up again.

    `number` counts the person's visits from 1. While somebody is here, `since_ms` is when the present stay began and
    `left_at_ms` is None; `stayed_ms` sums up the stays before it. `days_away`: whole days since the last visit.
    """

    user_id: str
    number: int
    entered_at_ms: int
    since_ms: int
    connections: int = 1
    left_at_ms: int | None = None
    stayed_ms: int = 0
    acted: bool = False
    days_away: int | None = None

    @property
    def first(self) -> bool:
        """Whether this person was never here before."""
        return self.number == 1


class PastVisits(NamedTuple):
    """What is remembered of earlier visits."""

    visits: int
    last_seen_ms: int


def enter(
    visit: Visit | None, past: PastVisits | None, user_id: str, now_ms: int, *, gap_ms: int, resumed: bool = False
) -> tuple[Visit, bool]:
    """Count a connection in; the flag says whether a visit begins, that is, whether to welcome.

    Args:
        visit: what is known of the person's present visit.
        past: what is known of visits before it.
        gap_ms: absence after which a visit is over.
        resumed: the client came back with a position the room still has; so an unknown visit is one that this
            node has not seen or has forgotten, and goes on quietly.
    """
    if visit is not None:
        if not is_over(visit, now_ms, gap_ms):
            since_ms = now_ms if visit.left_at_ms is not None else visit.since_ms
            return visit._replace(connections=visit.connections + 1, left_at_ms=None, since_ms=since_ms), False
        past = close(visit)
    if past is None or past.visits < 1:
        return Visit(user_id, 1, now_ms, now_ms), not resumed or visit is not None
    days_away = max(0, now_ms - past.last_seen_ms) // DAY_MS
    begun = Visit(user_id, past.visits + 1, now_ms, now_ms, days_away=days_away)
    return begun, not resumed or visit is not None


def leave(visit: Visit, now_ms: int) -> Visit:
    """Count a connection out; with the last one the stay ends. Nothing happens when nobody is here."""
    if visit.left_at_ms is not None:
        return visit
    if visit.connections > 1:
        return visit._replace(connections=visit.connections - 1)
    now_ms = max(now_ms, visit.since_ms)
    stayed_ms = visit.stayed_ms + now_ms - visit.since_ms
    return visit._replace(connections=0, left_at_ms=now_ms, stayed_ms=stayed_ms)


def end(visit: Visit, now_ms: int) -> Visit:
    """Count all connections out at once."""
    return leave(visit._replace(connections=min(visit.connections, 1)), now_ms)


def act(visit: Visit) -> Visit:
    """The person did something: commented, liked, tapped."""
    return visit if visit.acted else visit._replace(acted=True)


def stay_ms(visit: Visit, now_ms: int) -> int:
    """How long the person was here in this visit, absences not counted."""
    if visit.left_at_ms is not None:
        return visit.stayed_ms
    return visit.stayed_ms + max(0, now_ms - visit.since_ms)


def is_gone(visit: Visit, now_ms: int, leave_delay_ms: int) -> bool:
    """Whether the person no longer counts as a viewer: away for at least the delay."""
    return visit.left_at_ms is not None and now_ms - visit.left_at_ms >= leave_delay_ms


def is_over(visit: Visit, now_ms: int, gap_ms: int) -> bool:
    """Whether the visit cannot be taken up again."""
    return visit.left_at_ms is not None and now_ms - visit.left_at_ms >= gap_ms


def bounced(visit: Visit) -> bool:
    """Whether a visit that is over was a bounce: away within 3 s and nothing done (R16)."""
    return visit.left_at_ms is not None and not visit.acted and visit.stayed_ms < BOUNCE_MS


def close(visit: Visit) -> PastVisits:
    """What to remember of a visit that is over."""
    last_seen_ms = visit.left_at_ms if visit.left_at_ms is not None else visit.since_ms
    return PastVisits(visit.number, last_seen_ms)
