"""The search for an opponent (L16): who waits, and who is put together with whom, by rating and waiting time.

Promise: nobody is put together with two at once or with themselves; the difference of ratings that is accepted grows
with the time waited, so among two who can meet both find each other in the end; whoever has waited longest is served
first. The queue is bounded, and every search ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person

MOST_SEEKERS = 1_000
NEAR = 100
"""Difference of ratings that is accepted at once."""
WIDER_PER_S = 20
"""How much more is accepted for each second of waiting, of the two the one who has waited longer."""
AGAIN_MS = 2_000
"""A pair whose battle has not begun by then is tried again: whoever was to begin it has died."""
TRIES = 15
"""After so many the pair is dropped."""


class Seeker(NamedTuple):
    """A room that wants an opponent.

    Args:
        since_ms: waits since.
        until_ms: waits until.
    """

    room: str
    host: Person
    rating: int
    since_ms: int
    until_ms: int


class Pair(NamedTuple):
    """Two who were put together, and whose battle is to be begun under this id. `next_ms`: when to try again."""

    id: str
    first: Seeker
    second: Seeker
    next_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SearchState:
    """The document of a search; there is one for each scene.

    Args:
        scene: its name.
        seekers: the longest waiting first.
        pairs: that are to be begun.
        made: pairs so far; makes their ids.
    """

    scene: str
    seekers: tuple[Seeker, ...] = ()
    pairs: tuple[Pair, ...] = ()
    made: int = 0


class Open(NamedTuple):
    """Make the document."""

    scene: str


class Seek(NamedTuple):
    """A room wants an opponent."""

    seeker: Seeker


class StopSeeking(NamedTuple):
    """A room wants none any more."""

    room: str


class Elapse(NamedTuple):
    """Time has passed."""


class Begun(NamedTuple):
    """A pair has got its battle, or cannot; `again` goes on searching, with the time it has waited."""

    id: str
    again: tuple[str, ...] = ()


Command = Open | Seek | StopSeeking | Elapse | Begun


def apply(state: SearchState | None, command: Command, now_ms: int) -> SearchState:
    """Apply one command; the same object when nothing changes.

    Raises:
        Refusal: `overloaded`, too many wait; `not_found`, there is no such document.
    """
    if isinstance(command, Open):
        return SearchState(command.scene)
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no search of this scene")
    after = _rule(state, command, now_ms)
    if not isinstance(command, Seek | Elapse | Begun):
        return state if after == state else after
    after = _look(after, now_ms)
    return state if after == state else after


def due(state: SearchState) -> int | None:
    """When somebody can be put together by waiting alone, a search ends or a pair is to be tried again, in epoch ms."""
    ranked, places = _rank(state)
    moments = [pair.next_ms for pair in state.pairs] + [each.until_ms for each in state.seekers]
    for at, one in enumerate(state.seekers):
        other = _nearest(ranked, places[at], ())
        if other is not None:
            moments.append(_meets_at(one, ranked[other]))
    return min(moments, default=None)


def _rule(state: SearchState, command: Command, now_ms: int) -> SearchState:
    if isinstance(command, Seek):
        return _seek(state, command.seeker)
    if isinstance(command, StopSeeking):
        seekers = tuple(each for each in state.seekers if each.room != command.room)
        return state if len(seekers) == len(state.seekers) else replace(state, seekers=seekers)
    if isinstance(command, Begun):
        return _forget_pair(state, command)
    seekers = tuple(each for each in state.seekers if each.until_ms > now_ms)
    pairs = tuple(_try_again(pair, now_ms) for pair in state.pairs if pair.tries < TRIES or pair.next_ms > now_ms)
    return replace(state, seekers=seekers, pairs=pairs)


def _try_again(pair: Pair, now_ms: int) -> Pair:
    return pair if pair.next_ms > now_ms else pair._replace(next_ms=now_ms + AGAIN_MS, tries=pair.tries + 1)


def _seek(state: SearchState, seeker: Seeker) -> SearchState:
    taken = {room for pair in state.pairs for room in (pair.first.room, pair.second.room)}
    if seeker.room in taken or any(each.room == seeker.room for each in state.seekers):
        return state
    if len(state.seekers) >= MOST_SEEKERS:
        raise Refusal(ErrorCode.OVERLOADED, "too many are searching; try again in a minute", room=seeker.room)
    return replace(state, seekers=(*state.seekers, seeker))


def _forget_pair(state: SearchState, command: Begun) -> SearchState:
    pair = next((pair for pair in state.pairs if pair.id == command.id), None)
    if pair is None:
        return state
    back = [each for each in (pair.first, pair.second) if each.room in command.again]
    seekers = tuple(sorted([*state.seekers, *back], key=lambda each: (each.since_ms, each.room)))
    return replace(state, seekers=seekers, pairs=tuple(each for each in state.pairs if each.id != command.id))


def _look(state: SearchState, now_ms: int) -> SearchState:
    """Put together whom it can, the longest waiting first, each with the nearest."""
    ranked, places = _rank(state)
    taken: set[int] = set()
    pairs, made = list(state.pairs), state.made
    for at, one in enumerate(state.seekers):
        place = places[at]
        other = None if place in taken else _nearest(ranked, place, taken)
        if other is not None and _meets_at(one, ranked[other]) <= now_ms:
            taken |= {place, other}
            made += 1
            pairs.append(Pair(f"m_{state.scene}_{made}", one, ranked[other], now_ms + AGAIN_MS))
    left = tuple(one for at, one in enumerate(state.seekers) if places[at] not in taken)
    return replace(state, seekers=left, pairs=tuple(pairs), made=made)


def _rank(state: SearchState) -> tuple[list[Seeker], dict[int, int]]:
    """The seekers by their rating, and where each of them stands there."""
    order = sorted(range(len(state.seekers)), key=lambda at: state.seekers[at].rating)
    return [state.seekers[at] for at in order], {at: place for place, at in enumerate(order)}


def _nearest(ranked: Sequence[Seeker], place: int, taken: Collection[int]) -> int | None:
    """The place of the nearest rating that is still free; of two as near, who has waited longer."""
    one = ranked[place]

    def is_free(at: int) -> bool:
        return at not in taken and ranked[at].host.id != one.host.id

    below = next((at for at in range(place - 1, -1, -1) if is_free(at)), None)
    above = next((at for at in range(place + 1, len(ranked)) if is_free(at)), None)
    found = [at for at in (below, above) if at is not None]
    return min(found, key=lambda at: (abs(ranked[at].rating - one.rating), ranked[at].since_ms), default=None)


def _meets_at(one: Seeker, other: Seeker) -> int:
    """When the one who has waited longer accepts the difference between the two, in epoch ms."""
    missing = max(0, abs(one.rating - other.rating) - NEAR)
    return min(one.since_ms, other.since_ms) + -(-missing // WIDER_PER_S) * 1000
