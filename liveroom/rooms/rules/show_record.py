"""What is kept of a show minute by minute (L31): live, then ended, and never changed again.

Promise: pure. Nodes that count the same show add to one record in any order: of sums the larger counts, so a repeat or
a late one takes nothing away. The minutes of the first `MOST_MINUTES` are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from liveroom.rooms.messages.numbers import NO_FIGURES, Figures, RecordStatus

LIVE, ENDED = RecordStatus.LIVE, RecordStatus.ENDED
MINUTE_MS = 60_000
MOST_MINUTES = 1_440
MOST_FIGHTS = 48
SUMS = ("peak_viewers", "visits", "comments", "likes")
"""Figures that only grow; the others are as of the last count."""


class Sample(NamedTuple):
    """A minute of the show, counted from 0. All but the most viewers in it are sums since the beginning."""

    minute: int
    viewers: int
    comments: int
    gifts: int
    sales: int


class Fight(NamedTuple):
    """A round of a battle that is over. `winners`: rooms; none: a draw."""

    battle: str
    round: int
    at_ms: int
    winners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The document of a show; times are epoch ms."""

    id: str
    room: str
    status: RecordStatus
    started_ms: int
    counted_ms: int
    currency: str
    gift_currency: str
    version: int = 1
    figures: Figures = NO_FIGURES
    samples: tuple[Sample, ...] = ()
    fights: tuple[Fight, ...] = ()
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """A show has begun. Currencies of orders and of gifts."""

    id: str
    room: str
    started_ms: int
    currency: str
    gift_currency: str


@dataclass(frozen=True, slots=True)
class Note:
    """What was counted. `at_ms`: when the figures were; `samples`: also of minutes before."""

    figures: Figures
    at_ms: int
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteFight:
    """A round of a battle is over."""

    fight: Fight


@dataclass(frozen=True, slots=True)
class End:
    """The show is over. `last`: what was counted at its end."""

    at_ms: int
    last: Note | None = None


Command = Note | NoteFight | End

TABLE: dict[tuple[RecordStatus, type[Command]], RecordStatus] = {
    (LIVE, Note): LIVE,
    (LIVE, NoteFight): LIVE,
    (LIVE, End): ENDED,
    (ENDED, Note): ENDED,
    (ENDED, NoteFight): ENDED,
    (ENDED, End): ENDED,
}
NAMES: dict[type[Command], str] = {Note: "is counted", NoteFight: "a battle's round is over", End: "the show ends"}


def begin(command: Begin) -> Record:
    """The record of a show that has just begun."""
    began = command.started_ms
    return Record(command.id, command.room, LIVE, began, began, command.currency, command.gift_currency)


def apply(state: Record, command: Command) -> Record:
    """Apply one command; the same object when it changes nothing, as everything does after the end."""
    if state.status is ENDED:
        return state
    after = state
    if isinstance(command, NoteFight):
        after = _note_fight(state, command.fight)
    elif isinstance(command, Note):
        after = _note(state, command)
    else:
        counted = _note(state, command.last) if command.last is not None else state
        after = replace(counted, status=TABLE[(state.status, End)], ended_ms=max(command.at_ms, state.started_ms))
    return state if after == state else replace(after, version=state.version + 1)


def sample(state: Record, figures: Figures, now_ms: int) -> Sample:
    """The present minute, from what was counted."""
    minute = max(0, now_ms - state.started_ms) // MINUTE_MS
    return Sample(minute, figures.viewers, figures.comments, figures.gift_amount, figures.sales_amount)


def _note(state: Record, note: Note) -> Record:
    is_newer = note.at_ms >= state.counted_ms
    newer, older = (note.figures, state.figures) if is_newer else (state.figures, note.figures)
    sums = {name: max(getattr(newer, name), getattr(older, name)) for name in SUMS}
    return replace(
        state,
        figures=newer.model_copy(update=sums),
        counted_ms=max(note.at_ms, state.counted_ms),
        samples=_merge(state.samples, note.samples),
    )


def _merge(kept: Iterable[Sample], told: Iterable[Sample]) -> tuple[Sample, ...]:
    merged: dict[int, Sample] = {}
    for each in (*kept, *told):
        known = merged.get(each.minute, each)
        merged[each.minute] = Sample(*map(max, known, each))
    return tuple(merged[minute] for minute in sorted(merged) if minute < MOST_MINUTES)


def _note_fight(state: Record, fight: Fight) -> Record:
    known = {(each.battle, each.round) for each in state.fights}
    if (fight.battle, fight.round) in known or len(state.fights) >= MOST_FIGHTS:
        return state
    return replace(state, fights=(*state.fights, fight))
