"""Whom the host should thank (L14): one cue for each combo that is over, in the words of the scene.

Promise: in a rain of gifts the host reads at most a few lines, the weightiest first in line for the last place.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from liveroom.rooms.messages.gift import GiftNames
from liveroom.rooms.messages.welcome import WELCOME_CHARS, CueShown
from liveroom.rooms.rules.bucket import refill
from liveroom.rooms.rules.combos import Combo
from liveroom.rooms.rules.text import shorten
from liveroom.rooms.scene import Scene

THANKS_PER_S = 0.5
THANKS_BURST = 3.0
HEAVY = 60
"""From this weight on a cue may take the last one of the bucket."""
REASON = "gift"
NAME_SHOWN_CHARS = 20


class Thanks(NamedTuple):
    """The state: a bucket of one room."""

    left: float
    at_ms: int


def start(now_ms: int) -> Thanks:
    """A room in which nobody was thanked yet."""
    return Thanks(THANKS_BURST, now_ms)


def apply(
    state: Thanks, combo: Combo, names: GiftNames | None, scene: Scene, lang: str | None, now_ms: int
) -> tuple[Thanks, CueShown | None]:
    """The cue for a combo that is over, or None when it is too small or the host has enough to read.

    Args:
        names: of the gift; None: unknown by now, then its id is said.
        lang: language of the host.
    """
    fitting = [rule for rule in scene.thanks if combo.amount >= rule.min_amount]
    if not fitting:
        return state, None
    rule = max(fitting, key=lambda each: each.weight)
    left = refill(state.left, state.at_ms, now_ms, THANKS_PER_S, THANKS_BURST)
    state = Thanks(left, now_ms)
    if left < (1 if rule.weight >= HEAVY else 2):
        return state, None
    spoken = scene.language(lang)
    lines = rule.text[spoken]
    called = combo.gift if names is None else (names.zh if spoken == "zh" else names.en)
    line = lines[crc32(combo.id.encode()) % len(lines)].format(
        name=shorten(combo.by.name, NAME_SHOWN_CHARS), gift=called, count=combo.count
    )
    reasons = (REASON,) if rule.name == REASON else (REASON, rule.name)
    cue = CueShown(user=combo.by, line=line[:WELCOME_CHARS], reasons=reasons, weight=rule.weight)
    return state._replace(left=left - 1), cue
