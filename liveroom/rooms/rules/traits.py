"""What is known about a person who enters: the identity's token read once, in the words of the rules.

Promise: whatever an application puts into a token, the result is complete and in range; what is unusable is
left out, never guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.people import MAX_LEVEL, NAME_CHARS, Author, Person, Visitor
from liveroom.rooms.rules.standing import NOBODY, Standing
from liveroom.rooms.rules.text import one_line, shorten

SOURCES = frozenset({"community", "share", "ad"})
MAX_COMMUNITIES = 20

_DAY = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


class Traits(NamedTuple):
    """A person as the rules see them.

    `source`: community, share, ad or None; `communities`: names of those the person belongs to, or came from;
    `birthday`: MM-DD; `demo`: part of the demo audience; `followed`: follows the host, as the application says;
    `club`: level in the fan club, None: no member; `rated`: the level is that of the application, not an earned one;
    `top`: among the first givers of the show.
    """

    user_id: str
    name: str
    role: Role = Role.VIEWER
    level: int = 0
    source: str | None = None
    communities: tuple[str, ...] = ()
    member: bool = False
    bought: bool = False
    birthday: str | None = None
    demo: bool = False
    followed: bool = False
    club: int | None = None
    vip: bool = False
    rated: bool = False
    top: bool = False

    def person(self) -> Person:
        """For mentions and the host of a room."""
        return Person(id=self.user_id, name=self.name)

    def visitor(self) -> Visitor:
        """For entries and cues."""
        return Visitor(id=self.user_id, name=self.name, level=self.level, club=self.club, demo=self.demo)

    def author(self) -> Author:
        """For comments."""
        level, club = self.level, self.club
        return Author(id=self.user_id, name=self.name, role=self.role, level=level, club=club, demo=self.demo)

    def standing(self, standing: Standing) -> Traits:
        """The same person with what they have earned meanwhile."""
        return self._replace(level=self.level if self.rated else standing.level, club=standing.club)


def read(identity: Identity, room: str, standing: Standing = NOBODY) -> Traits:
    """The traits of a person in `room`.

    A level that the token names wins over the earned one, also when it is lower: who has levels of their own does not
    want two scales in one room. The fan club is the room's own; no token names it.

    `traits` of the identity may carry `level`, `source` (`community`, `share`, `ad`, also with a name:
    `community:Tea friends`), `member_of` (names), `bought`, `birthday` (MM-DD), `demo`, `followed` and `vip`.

    Args:
        standing: what they have earned in this room.
    """
    known = identity.traits
    name = clean_name(identity.name, identity.user_id)
    if not known:
        return Traits(identity.user_id, name, identity.role_in(room), standing.level, club=standing.club)
    source, origin = _source(known.get("source"))
    communities = _communities(known.get("member_of"))
    birthday = known.get("birthday")
    return Traits(
        identity.user_id,
        name,
        identity.role_in(room),
        _level(known["level"]) if "level" in known else standing.level,
        source,
        communities or origin,
        bool(communities),
        known.get("bought") is True,
        birthday if isinstance(birthday, str) and _DAY.fullmatch(birthday) else None,
        known.get("demo") is True,
        known.get("followed") is True,
        standing.club,
        known.get("vip") is True,
        "level" in known,
    )


def clean_name(name: str, fallback: str) -> str:
    """A name that can be shown beside others: one line, nothing hidden, at most 64 characters."""
    return shorten(one_line(name) or one_line(fallback) or "?", NAME_CHARS)


def _level(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return min(max(value, 0), MAX_LEVEL)


def _source(value: object) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(value, str):
        return None, ()
    kind, _, name = value.partition(":")
    if kind not in SOURCES:
        return None, ()
    clean = one_line(name)
    return kind, (shorten(clean, NAME_CHARS),) if kind == "community" and clean else ()


def _communities(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | frozenset | set):
        return ()
    names = (one_line(name) for name in value if isinstance(name, str))
    return tuple(shorten(name, NAME_CHARS) for name in names if name)[:MAX_COMMUNITIES]
