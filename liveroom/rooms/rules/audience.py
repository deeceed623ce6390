"""How many watch: people, not sockets; told calmly, with a few names of those who just came (L7).

Promise: numbers are absolute; they are told at most once a second, and in a large room small changes wait.
The delay of leaves, so that a reconnect makes no noise, is `visits.is_gone`: call `went` only then.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.rooms.messages.audience import SAMPLE_NAMES, AudienceCounted, Joiner
from liveroom.rooms.rules.rhythm import next_turn
from liveroom.rooms.rules.traits import Traits

DEBOUNCE_MS = 1_000
SAMPLE_MS = 1_000
LARGE = 1_000
"""From this many viewers on, a change under 1 % waits for `CALM_MS`."""
CALM_MS = 5_000


class Recent(NamedTuple):
    """Somebody who came, while it is news; ordered by level, then by time."""

    level: int
    at_ms: int
    name: str
    demo: bool = False


class Audience(NamedTuple):
    """The state: the counts, the news, and what was told when. `recent` has the highest level first."""

    viewers: int = 0
    joined: int = 0
    peak: int = 0
    recent: tuple[Recent, ...] = ()
    told_viewers: int = 0
    told_joined: int = 0
    told_at_ms: int = 0


def came(state: Audience, traits: Traits, now_ms: int, *, new_visit: bool) -> Audience:
    """A person who was not counted as a viewer is here; `new_visit` is the flag of `visits.enter`."""
    viewers = state.viewers + 1
    peak = max(state.peak, viewers)
    if not new_visit:
        return state._replace(viewers=viewers, peak=peak)
    recent = _with(state.recent, Recent(traits.level, now_ms, traits.name, traits.demo))
    return Audience(viewers, state.joined + 1, peak, recent, state.told_viewers, state.told_joined, state.told_at_ms)


def went(state: Audience) -> Audience:
    """A viewer has been away for longer than the delay."""
    return state._replace(viewers=max(0, state.viewers - 1))


def begin_show(state: Audience) -> Audience:
    """A show begins: those who wait already are its first visits and its first peak."""
    return state._replace(joined=state.viewers, peak=state.viewers)


def publication(state: Audience, now_ms: int) -> tuple[Audience, AudienceCounted | None]:
    """What to tell now, or None when nothing is new or it is not time yet."""
    at_ms = due_at(state, now_ms)
    if at_ms is None or now_ms < at_ms:
        return state, None
    told = state._replace(recent=(), told_viewers=state.viewers, told_joined=state.joined, told_at_ms=now_ms)
    return told, counted(state, now_ms)


def untold(state: Audience, before: Audience) -> Audience:
    """What `publication` took from `before` did not arrive: it is due again."""
    return state._replace(told_viewers=before.told_viewers, told_joined=before.told_joined)


def counted(state: Audience, now_ms: int) -> AudienceCounted:
    """The counts as they are, for a join; the names are those who came in the last second."""
    news = (recent for recent in state.recent if now_ms - recent.at_ms < SAMPLE_MS)
    sample = tuple(Joiner(name=one.name, level=one.level, demo=one.demo) for one in news)
    return AudienceCounted(viewers=state.viewers, joined=state.joined, peak=state.peak, sample=sample)


def due_at(state: Audience, now_ms: int) -> int | None:
    """When the counts are to be told, in epoch ms; None: nothing is new."""
    change = abs(state.viewers - state.told_viewers)
    if not change and state.joined == state.told_joined:
        return None
    calm = state.told_viewers > LARGE and change * 100 < state.told_viewers
    return next_turn(state.told_at_ms, now_ms, CALM_MS if calm else DEBOUNCE_MS)


def _with(recent: tuple[Recent, ...], joiner: Recent) -> tuple[Recent, ...]:
    if len(recent) == SAMPLE_NAMES:
        fresh = tuple(one for one in recent if joiner.at_ms - one.at_ms < SAMPLE_MS)
        if len(fresh) == SAMPLE_NAMES and joiner < fresh[-1]:
            return fresh
        recent = fresh[: SAMPLE_NAMES - 1] if len(fresh) == SAMPLE_NAMES else fresh
    return tuple(sorted((*recent, joiner), reverse=True))
