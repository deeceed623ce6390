"""The personal welcome: which words greet this person now (L6, R17).

Promise: a first rule that fits is always found; who comes again reads other words than the last time; the text
holds nothing but what the person knows about themselves.
"""

from __future__ import annotations

from zlib import crc32

from liveroom.rooms.messages.welcome import WELCOME_CHARS, WelcomeShown
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.occasions import describe, fitting
from liveroom.rooms.rules.text import shorten
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from liveroom.rooms.scene import Scene, SpokenRule

NAME_SHOWN_CHARS = 20
TITLE_SHOWN_CHARS = 30


def choose(
    traits: Traits, visit: Visit, scene: Scene, lang: str | None, now_ms: int, *, room: RoomState
) -> WelcomeShown:
    """The welcome for a visit that begins now, by the first rule of the scene that fits.

    Args:
        lang: BCP 47 tag of the viewer, None when unknown.
        room: where; its calendar decides whose birthday it is.
    """
    entry = describe(traits, visit, now_ms, room.settings.utc_offset_min)
    rules = fitting(scene.welcome, entry)
    reasons = [rule.name for rule in rules[:-1]] or [rules[0].name]
    return WelcomeShown(
        text=say(rules[0], traits, visit, scene.language(lang), room)[:WELCOME_CHARS],
        returning=not visit.first,
        first_visit=visit.first,
        days_away=visit.days_away,
        reasons=tuple(reasons),
    )


def say(rule: SpokenRule, traits: Traits, visit: Visit, lang: str, room: RoomState) -> str:
    """The words of a rule with its placeholders filled; each visit takes the next wording."""
    lines = rule.text[lang]
    line = lines[(crc32(traits.user_id.encode()) + visit.number) % len(lines)]
    if "{" not in line and "}" not in line:
        return line
    return line.format(
        name=shorten(traits.name, NAME_SHOWN_CHARS),
        host=shorten(room.host.name, NAME_SHOWN_CHARS),
        title=shorten(room.title, TITLE_SHOWN_CHARS),
        days=visit.days_away,
        level=traits.level,
        community=shorten(traits.communities[0], NAME_SHOWN_CHARS) if traits.communities else "",
    )
