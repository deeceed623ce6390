"""The value card: every pair of its table, and long random visits against a plain model."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.welcome import CardKind, ValueCardShown
from liveroom.rooms.rules import value_card
from liveroom.rooms.rules.value_card import TABLE, Act, CardState, CardStatus, Due, Tap
from liveroom.rooms.scene import Scene
from liveroom.rooms.scene_files import load_scenes
from tests.rooms.builders import MACHINE, NOW, small_scene

DUE = NOW + 1000
LATER = DUE + 60_000
SCENE = small_scene()


def start() -> CardState:
    return value_card.start("v_1", SCENE, "en", NOW)


def bring_to(status: CardStatus) -> CardState:
    """The card in a status: shown and acted at step 1 and 2, done after the last."""
    commands: dict[CardStatus, list[value_card.Command]] = {
        CardStatus.WAITING: [],
        CardStatus.SHOWN: [Due()],
        CardStatus.ACTED: [Act()],
        CardStatus.DONE: [Act(), Tap("v_1", 2), Tap("v_1", 3)],
    }
    card = start()
    for command in commands[status]:
        card, _ = value_card.apply(card, command, DUE)
    assert card.status is status
    return card


EFFECTS = {
    (CardStatus.WAITING, Due): (CardStatus.SHOWN, 1),
    (CardStatus.WAITING, Act): (CardStatus.ACTED, 2),
    (CardStatus.WAITING, Tap): None,
    (CardStatus.SHOWN, Due): (CardStatus.SHOWN, None),
    (CardStatus.SHOWN, Act): (CardStatus.ACTED, 2),
    (CardStatus.SHOWN, Tap): (CardStatus.ACTED, 2),
    (CardStatus.ACTED, Due): (CardStatus.ACTED, None),
    (CardStatus.ACTED, Act): (CardStatus.ACTED, 3),
    (CardStatus.ACTED, Tap): (CardStatus.ACTED, 3),
    (CardStatus.DONE, Due): (CardStatus.DONE, None),
    (CardStatus.DONE, Act): (CardStatus.DONE, None),
    (CardStatus.DONE, Tap): (CardStatus.DONE, None),
}


def test_the_list_of_effects_covers_every_pair() -> None:
    assert set(EFFECTS) == set(itertools.product(CardStatus, (Due, Act, Tap)))


@pytest.mark.parametrize("pair", EFFECTS)
def test_every_pair_has_its_effect_or_is_refused(pair: tuple[CardStatus, type[value_card.Command]]) -> None:
    status, kind = pair
    card = bring_to(status)
    commands: dict[type[value_card.Command], value_card.Command] = {
        Due: Due(),
        Act: Act(),
        Tap: Tap("v_1", max(1, card.step)),
    }
    effect = EFFECTS[pair]
    assert (pair in TABLE) == (effect is not None)
    if effect is None:
        with pytest.raises(Refusal) as refused:
            value_card.apply(card, commands[kind], LATER)
        assert refused.value.code == ErrorCode.WRONG_STATE
        return
    after, events = value_card.apply(card, commands[kind], LATER)
    assert after.status is effect[0] is TABLE[pair]
    assert [event.step for event in events] == ([effect[1]] if effect[1] else [])


def test_a_quiet_viewer_sees_the_first_step_when_it_is_due_and_not_before() -> None:
    card = start()
    assert value_card.due_at(card) == DUE
    assert value_card.apply(card, Due(), DUE - 1) == (card, ())
    card, (shown,) = value_card.apply(card, Due(), DUE)
    assert shown == ValueCardShown(card_id="v_1", step=1, kind=CardKind.BENEFIT, title="A", body="a")
    assert value_card.due_at(card) is None
    assert value_card.current(card) == shown


def test_a_viewer_who_acts_early_gets_the_next_step_at_once_and_the_first_never() -> None:
    card, (shown,) = value_card.apply(start(), Act(), NOW + 1)
    assert (shown.step, shown.title) == (2, "B")
    assert shown.action is not None
    assert shown.action.label == "Go"
    assert value_card.apply(card, Due(), LATER) == (card, ())


def test_a_repeated_tap_has_no_further_effect() -> None:
    card, _ = value_card.apply(bring_to(CardStatus.SHOWN), Tap("v_1", 1), DUE)
    assert value_card.apply(card, Tap("v_1", 1), DUE) == (card, ())


def test_a_tap_on_the_last_step_ends_the_card() -> None:
    card = bring_to(CardStatus.DONE)
    assert value_card.current(card) is None
    assert value_card.apply(card, Tap("v_1", 3), LATER) == (card, ())


def test_acting_elsewhere_leads_on_at_most_once_in_five_seconds() -> None:
    card, steps = start(), []
    for ms in range(0, 4000, 100):
        card, events = value_card.apply(card, Act(), NOW + ms)
        steps += [event.step for event in events]
    assert steps == [2]
    card, events = value_card.apply(card, Act(), NOW + 5000)
    assert [event.step for event in events] == [3]
    assert value_card.apply(card, Act(), LATER) == (card, ())


def test_a_tap_on_another_card_or_on_a_step_ahead_is_refused() -> None:
    card = bring_to(CardStatus.SHOWN)
    with pytest.raises(Refusal) as refused:
        value_card.apply(card, Tap("v_2", 1), DUE)
    assert refused.value.code == ErrorCode.NOT_FOUND
    with pytest.raises(Refusal, match="at step 1"):
        value_card.apply(card, Tap("v_1", 2), DUE)


def test_a_card_of_one_step_is_shown_to_those_who_act_early_too() -> None:
    single = SCENE.model_copy(update={"card": SCENE.card.model_copy(update={"steps": SCENE.card.steps[:1]})})
    _, (shown,) = value_card.apply(value_card.start("v_1", single, "zh", NOW), Act(), NOW)
    assert (shown.step, shown.title) == (1, "甲")


@pytest.mark.parametrize("scene", load_scenes().values(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_of_every_scene_can_be_shown_and_finished(scene: Scene, lang: str) -> None:
    card = value_card.start("v_1", scene, lang, NOW)
    card, events = value_card.apply(card, Due(), NOW + scene.card.delay_ms)
    shown = list(events)
    while card.status is not CardStatus.DONE:
        card, events = value_card.apply(card, Tap("v_1", card.step), LATER)
        shown += events
    assert [event.step for event in shown] == list(range(1, len(scene.card.steps) + 1))
    assert all(event.action for event in shown)


class VisitWithCard(RuleBasedStateMachine):
    """A card against a model that knows the step in front of the viewer and when it came."""

    def __init__(self) -> None:
        super().__init__()
        self.card = start()
        self.now_ms = NOW
        self.step = 0
        self.came_ms = NOW
        self.acted = self.finished = False

    def expect(self, command: value_card.Command, step: int | None) -> None:
        self.card, events = value_card.apply(self.card, command, self.now_ms)
        assert [event.step for event in events] == ([step] if step else [])
        if step:
            self.step, self.came_ms = step, self.now_ms

    @rule(ms=st.sampled_from([1, 400, 999, 1000, 4999, 5000]))
    def wait(self, ms: int) -> None:
        self.now_ms += ms

    @rule()
    def due(self) -> None:
        self.expect(Due(), 1 if self.step == 0 and self.now_ms >= DUE else None)

    @rule()
    def act(self) -> None:
        self.acted = True
        calm = self.now_ms - self.came_ms >= 5000
        if self.step == 0:
            self.expect(Act(), 2)
        else:
            self.expect(Act(), self.step + 1 if calm and self.step < 3 and not self.finished else None)

    @rule(back=st.integers(-1, 2))
    def tap(self, back: int) -> None:
        step = self.step - back
        if self.step == 0 or back < 0:
            before = self.card
            with pytest.raises(Refusal):
                value_card.apply(self.card, Tap("v_1", step), self.now_ms)
            assert self.card is before
            return
        self.acted = self.acted or (back == 0)
        leads_on = back == 0 and self.step < 3
        self.finished = self.finished or (back == 0 and self.step == 3)
        self.expect(Tap("v_1", step), self.step + 1 if leads_on else None)

    @invariant()
    def agrees(self) -> None:
        assert self.card.step == self.step
        assert (self.card.status is CardStatus.DONE) == self.finished
        assert (self.card.status is CardStatus.WAITING) == (self.step == 0)
        shown = value_card.current(self.card)
        assert (shown.step if shown else 0) == (0 if self.finished else self.step)


VisitWithCard.TestCase.settings = MACHINE
TestVisitWithCard = VisitWithCard.TestCase
