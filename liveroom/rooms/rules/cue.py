"""The host's cue: who came in and matters, and the entry effect that everybody sees (L7).

Promise: in a storm of entries the host reads at most a few lines, and the weightiest; ordinary entries give none.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.rooms.messages.audience import EntryEffect, EntryLine, ViewerEntered
from liveroom.rooms.messages.welcome import WELCOME_CHARS, CueShown
from liveroom.rooms.rules.bucket import refill
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.occasions import describe, fitting
from liveroom.rooms.rules.text import shorten
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from liveroom.rooms.rules.welcome import NAME_SHOWN_CHARS, say
from liveroom.rooms.scene import EntryRule, Scene

CUES_PER_S = 0.5
CUES_BURST = 3.0
HEAVY = 60
"""From this weight on a cue may take the last one of the bucket."""

EFFECTS_PER_S = 1.0
EFFECTS_BURST = 3.0


class Cues(NamedTuple):
    """The state: two buckets of one room, for the host's cues and for the effects everybody sees."""

    cues: float
    effects: float
    at_ms: int


def start(now_ms: int) -> Cues:
    """A room that nobody has entered yet."""
    return Cues(CUES_BURST, EFFECTS_BURST, now_ms)


def apply(
    state: Cues, traits: Traits, visit: Visit, scene: Scene, lang: str | None, now_ms: int, *, room: RoomState
) -> tuple[Cues, CueShown | None]:
    """The cue for a visit that begins now, or None when it is ordinary or the host has enough to read.

    Args:
        lang: language of the host.
    """
    entry = describe(traits, visit, now_ms, room.settings.utc_offset_min)
    rules = fitting(scene.cue, entry)
    if not rules or traits.user_id == room.host.id:
        return state, None
    state = _refilled(state, now_ms)
    rules.sort(key=lambda rule: -rule.weight)
    first = rules[0]
    if state.cues < (1 if first.weight >= HEAVY else 2):
        return state, None
    shown = CueShown(
        user=traits.visitor(),
        line=say(first, traits, visit, scene.language(lang), room)[:WELCOME_CHARS],
        reasons=tuple(rule.name for rule in rules),
        weight=first.weight,
    )
    return state._replace(cues=state.cues - 1), shown


def enter(
    state: Cues, traits: Traits, visit: Visit, scene: Scene, now_ms: int, *, room: RoomState
) -> tuple[Cues, ViewerEntered | None]:
    """The effect of an entry, or None when it has none, or when effects come too thick."""
    shown = effect(traits, visit, scene, now_ms, room=room)
    if shown is None:
        return state, None
    state = _refilled(state, now_ms)
    if state.effects < 1:
        return state, None
    return state._replace(effects=state.effects - 1), shown


def effect(traits: Traits, visit: Visit, scene: Scene, now_ms: int, *, room: RoomState) -> ViewerEntered | None:
    """How the entry of a person looks: by the first rule of the scene that holds, else by their level alone."""
    if scene.entry:
        rules = fitting(scene.entry, describe(traits, visit, now_ms, room.settings.utc_offset_min))
        if rules:
            rule = rules[0]
            text = _line(rule, traits, room)
            return ViewerEntered(user=traits.visitor(), effect=rule.effect, rule=rule.name, text=text)
    times = traits.level // room.settings.entry_effect_level
    if times < 1:
        return None
    kind = (EntryEffect.GLOW, EntryEffect.COMET, EntryEffect.CROWN)[min(times, 3) - 1]
    return ViewerEntered(user=traits.visitor(), effect=kind)


def _line(rule: EntryRule, traits: Traits, room: RoomState) -> EntryLine | None:
    if not rule.text:
        return None
    known = {"name": shorten(traits.name, NAME_SHOWN_CHARS), "host": shorten(room.host.name, NAME_SHOWN_CHARS)}
    zh, en = (rule.text[lang].format(level=traits.level, **known) for lang in ("zh", "en"))
    return EntryLine(zh=zh, en=en)


def _refilled(state: Cues, now_ms: int) -> Cues:
    return Cues(
        refill(state.cues, state.at_ms, now_ms, CUES_PER_S, CUES_BURST),
        refill(state.effects, state.at_ms, now_ms, EFFECTS_PER_S, EFFECTS_BURST),
        now_ms,
    )
