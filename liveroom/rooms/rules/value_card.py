"""The value card of one visit: a benefit, a preview or a game, step by step (L8, R18).

Promise: a quiet viewer sees the first step when it is due; who acts before gets the next step at once instead;
a tap leads on exactly once, however often it is repeated; acting elsewhere leads on at most once in 5 s.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.welcome import CardAction, ValueCardShown
from liveroom.rooms.scene import CardStep, Scene

CALM_MS = 5_000
"""Least time between a step and one that is brought by acting elsewhere."""


class CardStatus(StrEnum):
    """waiting: nothing shown · shown: the viewer was quiet · acted: the viewer has acted · done: no step is left."""

    WAITING = "waiting"
    SHOWN = "shown"
    ACTED = "acted"
    DONE = "done"


class Due(NamedTuple):
    """The time has come. Early or late, it takes effect once."""


class Act(NamedTuple):
    """The viewer did something else than tap the card: commented, liked."""


class Tap(NamedTuple):
    """The viewer tapped step `step` of card `card_id`."""

    card_id: str
    step: int


Command = Due | Act | Tap


class CardState(NamedTuple):
    """The card of one visit. `step` is the one that is shown, counted from 1; 0: none yet."""

    card_id: str
    steps: tuple[CardStep, ...]
    lang: str
    due_at_ms: int
    status: CardStatus = CardStatus.WAITING
    step: int = 0
    step_at_ms: int = 0


Step = tuple[CardState, tuple[ValueCardShown, ...]]

WAITING, SHOWN, ACTED, DONE = CardStatus.WAITING, CardStatus.SHOWN, CardStatus.ACTED, CardStatus.DONE

TABLE: dict[tuple[CardStatus, type[Command]], CardStatus] = {
    (WAITING, Due): SHOWN,
    (WAITING, Act): ACTED,
    (SHOWN, Due): SHOWN,
    (SHOWN, Act): ACTED,
    (SHOWN, Tap): ACTED,
    (ACTED, Due): ACTED,
    (ACTED, Act): ACTED,
    (ACTED, Tap): ACTED,
    (DONE, Due): DONE,
    (DONE, Act): DONE,
    (DONE, Tap): DONE,
}
"""The status after a command; a tap on the last step leads to done instead. Not here: a tap before any step."""


def start(card_id: str, scene: Scene, lang: str | None, now_ms: int) -> CardState:
    """The card of a visit that begins now."""
    return CardState(card_id, scene.card.steps, scene.language(lang), now_ms + scene.card.delay_ms)


def due_at(state: CardState) -> int | None:
    """When `Due` is to be applied, in epoch ms; None: not any more."""
    return state.due_at_ms if state.status is WAITING else None


def apply(state: CardState, command: Command, now_ms: int) -> Step:
    """Apply one command.

    Raises:
        Refusal: `wrong_state` for a tap on a step that was not shown, `not_found` for another card.
    """
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise _refuse(state)
    if isinstance(command, Due):
        if state.status is not WAITING or now_ms < state.due_at_ms:
            return state, ()
        return _show(state, status, 1, now_ms)
    if isinstance(command, Tap):
        return _tap(state, command, now_ms)
    return _act(state, status, now_ms)


def current(state: CardState) -> ValueCardShown | None:
    """The step in front of the viewer, for `me`; None before the first and after the last."""
    return _shown(state) if state.status in (SHOWN, ACTED) and state.step else None


def _act(state: CardState, status: CardStatus, now_ms: int) -> Step:
    last = len(state.steps)
    if state.status is WAITING:
        return _show(state, status, min(2, last), now_ms)
    if state.status is DONE or now_ms - state.step_at_ms < CALM_MS or state.step == last:
        # The viewer has acted all the same; the step stays in front of them.
        return (state if state.status is status else state._replace(status=status)), ()
    return _show(state, status, state.step + 1, now_ms)


def _tap(state: CardState, tap: Tap, now_ms: int) -> Step:
    if tap.card_id != state.card_id:
        raise Refusal(ErrorCode.NOT_FOUND, "this card is not yours or has been replaced", field="card_id")
    if tap.step > state.step:
        raise _refuse(state)
    if tap.step < state.step or state.status is DONE:
        return state, ()
    if state.step == len(state.steps):
        return state._replace(status=DONE), ()
    return _show(state, ACTED, state.step + 1, now_ms)


def _show(state: CardState, status: CardStatus, step: int, now_ms: int) -> Step:
    state = state._replace(status=status, step=step, step_at_ms=now_ms)
    return state, (_shown(state),)


def _shown(state: CardState) -> ValueCardShown:
    step = state.steps[state.step - 1]
    words = step.text[state.lang]
    return ValueCardShown(
        card_id=state.card_id,
        step=state.step,
        kind=step.kind,
        title=words.title,
        body=words.body,
        action=CardAction(label=words.action) if words.action else None,
    )


def _refuse(state: CardState) -> Refusal:
    text = f"this step was not shown yet; the card is at step {state.step}"
    return Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value, step=state.step)
