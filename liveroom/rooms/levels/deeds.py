"""What people did since the last time, in memory (L15).

Promise: counting is an entry of a dictionary, so it never slows talk. Only people who can have points are counted: no
guests, who can be a thousand with one person behind them, and nobody who runs the room. At most `MOST` people wait to
be written; while the database is away, whoever comes after them is counted once it is back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from liveroom.realtime.identity import Role
from liveroom.rooms.gathering import Gathered
from liveroom.rooms.options.levels import ClubOptions, LevelOptions
from liveroom.rooms.room import Room
from liveroom.rooms.rules.points import Action, Deeds

CREDIT = "points.credit"
EARNERS = frozenset({Role.VIEWER, Role.MODERATOR})
MOST = 200_000
PIECE = 200
"""People in one fact."""


def fans_scope(room: str) -> str:
    """The scope of everything that is earned in a room."""
    return f"fans:{room}"


class LevelTerms(NamedTuple):
    """By what a room counts: the options of its scene, and where its day begins."""

    levels: LevelOptions
    club: ClubOptions
    utc_offset_min: int


class Credits(NamedTuple):
    """The context of a fact of points."""

    deeds: tuple[Deeds, ...]
    terms: LevelTerms


@dataclass(slots=True)
class _Done:
    """What one person did."""

    name: str
    demo: bool
    rated: bool
    amounts: dict[Action, int] = field(default_factory=dict)
    minutes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """What was done in one room."""

    terms: LevelTerms
    people: dict[str, _Done] = field(default_factory=dict)


class DeedBook:
    """See the module."""

    def __init__(self) -> None:
        self._sheets: dict[str, _Sheet] = {}
        self._people = 0

    def add(self, room: Room, user_id: str, action: Action, amount: int) -> None:
        """Somebody who is here did something."""
        done = self._open(room, user_id)
        if done is not None:
            done.amounts[action] = done.amounts.get(action, 0) + amount

    def stay(self, room: Room, user_id: str, minute: int) -> None:
        """Somebody was here for a minute."""
        done = self._open(room, user_id)
        if done is not None:
            done.minutes.append(minute)

    def collect(self) -> Iterator[Gathered]:
        """Hand over what was counted."""
        sheets, self._sheets = self._sheets, {}
        self._people = 0
        for room, sheet in sheets.items():
            deeds = [
                Deeds(user_id, done.name, done.demo, done.amounts, tuple(done.minutes), done.rated)
                for user_id, done in sheet.people.items()
            ]
            for at in range(0, len(deeds), PIECE):
                piece = Credits(tuple(deeds[at : at + PIECE]), sheet.terms)
                yield Gathered(CREDIT, room, fans_scope(room), piece)

    def _open(self, room: Room, user_id: str) -> _Done | None:
        sheet = self._sheets.get(room.id)
        known = sheet.people.get(user_id) if sheet is not None else None
        if known is not None:
            return known
        viewer = room.attendance.viewers.get(user_id)
        if viewer is None or viewer.traits.role not in EARNERS or self._people >= MOST or not room.scene.levels.on:
            return None
        if sheet is None:
            sheet = self._sheets[room.id] = _Sheet(terms_of(room))
        self._people += 1
        done = sheet.people[user_id] = _Done(viewer.traits.name, viewer.traits.demo, viewer.traits.rated)
        return done


def terms_of(room: Room) -> LevelTerms:
    """By what a room counts."""
    return LevelTerms(room.scene.levels, room.scene.club, room.document.settings.utc_offset_min)
