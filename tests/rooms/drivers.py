"""Every machine of docs/machines.md as something that can be brought into any state and told any command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from liveroom.rooms.messages.campaign import CampaignStatus
from liveroom.rooms.messages.poll import PollKind, PollStatus
from liveroom.rooms.rules import (
    appeals,
    battle,
    campaign,
    combos,
    explaining,
    grants,
    held,
    lifecycle,
    lottery,
    poll,
    products,
    question,
    show_record,
    stage,
    topic,
    value_card,
)
from liveroom.rooms.rules.lottery_state import Elapse as LotteryElapse
from liveroom.rooms.rules.poll_state import Cancel, Elapse, Hide, Settle
from liveroom.rooms.rules.stage_state import seat_status
from liveroom.rooms.rules.topic_state import Elapse as TopicElapse
from tests.moderation import test_appeals, test_held
from tests.rooms import (
    test_battle,
    test_campaign,
    test_combos,
    test_explaining,
    test_grants,
    test_lifecycle,
    test_lottery,
    test_poll,
    test_products,
    test_question,
    test_show_record,
    test_stage_tables,
    test_topic,
    test_value_card,
)
from tests.rooms.battles import in_status
from tests.rooms.builders import NOW, make_room
from tests.rooms.campaigns import make_campaign
from tests.rooms.stages import do, make_stage, with_one

DAY_MS = 86_400_000
Pair = tuple[StrEnum, type]


@dataclass(frozen=True)
class Driver:
    """One machine.

    Args:
        title: as in docs/machines.md.
        make: a state in a status.
        commands: one of each kind, or how to make it from the state it is told to.
        apply: state, command, time → state.
        passing: what happens by itself; where the table has nothing, it changes nothing.
        unfit: pairs of the table that this variety of the machine refuses.
        repeats: pairs beside the table that say again what led here, and change nothing.
    """

    title: str
    make: Callable[[Any], Any]
    commands: Mapping[type, Any]
    apply: Callable[[Any, Any, int], Any]
    status: Callable[[Any], Any] = lambda state: state.status
    passing: tuple[type, ...] = ()
    unfit: frozenset[Pair] = frozenset()
    repeats: frozenset[Pair] = frozenset()

    def command(self, kind: type, state: Any) -> Any:
        """A command of a kind for a state."""
        made = self.commands[kind]
        return made(state) if callable(made) else made


def by_kind(commands: Iterable[Any]) -> Mapping[type, Any]:
    """Commands by their types."""
    return {type(command): command for command in commands}


def first(apply: Callable[..., Any]) -> Callable[[Any, Any, int], Any]:
    """A rule that gives more than the state, without the rest."""
    return lambda state, command, now_ms: apply(state, command, now_ms)[0]


def _apply_campaign(state: Any, command: Any, now_ms: int) -> Any:
    gone = test_campaign.ALL_GONE if state.status is CampaignStatus.EXHAUSTED else {}
    return campaign.apply(state, command, gone, now_ms)[0]


def _poll(kind: PollKind) -> Driver:
    is_prediction = kind is PollKind.PREDICTION
    unfit = {(PollStatus.CLOSED, Hide if is_prediction else Cancel)}
    if not is_prediction:
        unfit |= {(status, Settle) for status in PollStatus}
    return Driver(
        "A poll",
        lambda status: test_poll.make(kind, status),
        by_kind(test_poll.COMMANDS),
        poll.apply,
        passing=(Elapse,),
        unfit=frozenset(unfit),
    )


def _combo_in(status: Any) -> Any:
    combo = test_combos.make_combo()
    return combo if status is combos.OPEN else combos.apply(combo, combos.Settle(), NOW + test_combos.WINDOW_MS)


def _stage_in(status: Any) -> Any:
    return {
        "open": make_stage,
        "closed": lambda: do(make_stage(), test_stage_tables.Configure(applications=False)),
        "ended": lambda: do(make_stage(), test_stage_tables.End(4)),
    }[status.value]()


DRIVERS = {
    "room": Driver("A room", make_room, test_lifecycle.COMMANDS, first(lifecycle.apply)),
    "card": Driver(
        "A value card",
        test_value_card.bring_to,
        {
            value_card.Due: value_card.Due(),
            value_card.Act: value_card.Act(),
            value_card.Tap: lambda card: value_card.Tap("v_1", max(1, card.step)),
        },
        first(value_card.apply),
    ),
    "combo": Driver(
        "A combo of gifts",
        _combo_in,
        {combos.Give: test_combos.GIVE, combos.Settle: combos.Settle()},
        # Before its window is over it cannot be settled.
        lambda state, command, now_ms: combos.apply(state, command, now_ms + test_combos.WINDOW_MS),
    ),
    "campaign": Driver(
        "A coupon campaign",
        lambda status: make_campaign(status=status),
        by_kind(test_campaign.COMMANDS),
        _apply_campaign,
        passing=campaign.PASSING,
    ),
    "grant": Driver("A granted coupon", test_grants.make_grant, by_kind(test_grants.COMMANDS), grants.apply),
    "poll": _poll(PollKind.POLL),
    "quiz": _poll(PollKind.QUIZ),
    "prediction": _poll(PollKind.PREDICTION),
    "topic": Driver("A topic", test_topic.make, by_kind(test_topic.COMMANDS), topic.apply, passing=(TopicElapse,)),
    "lottery": Driver(
        "A lottery", test_lottery.make, by_kind(test_lottery.COMMANDS), lottery.apply, passing=(LotteryElapse,)
    ),
    "held": Driver(
        "A held comment",
        lambda status: replace(test_held.WAITING, status=status),
        by_kind([held.Publish("h"), held.Refuse("h"), held.Elapse()]),
        held.apply,
        passing=(held.Elapse,),
    ),
    "appeal": Driver(
        "Asking to be let in again",
        lambda status: replace(test_appeals.OPEN, status=status),
        by_kind(test_appeals.COMMANDS.values()),
        appeals.apply,
    ),
    "battle": Driver(
        "A battle",
        lambda status: in_status(status)[0],
        test_battle.COMMANDS,
        battle.apply,
        passing=battle.PASSING,
        repeats=frozenset(test_battle.REPEATS),
    ),
    "product": Driver("A product", test_products.make_in, test_products.COMMANDS, first(products.apply)),
    "shelf": Driver("A shelf", test_explaining.make_shelf, test_explaining.COMMANDS, first(explaining.apply)),
    "question": Driver("A question", test_question.make_question, test_question.COMMANDS, first(question.apply)),
    "record": Driver(
        "The record of a show",
        test_show_record.make_record,
        by_kind(test_show_record.COMMANDS),
        lambda state, command, now_ms: show_record.apply(state, command),
    ),
    "person": Driver(
        "A person and the stage",
        with_one,
        test_stage_tables.OF_PERSON,
        first(stage.apply),
        lambda state: state.standing_of("ann"),
    ),
    "seat": Driver(
        "A seat of the stage",
        test_stage_tables.seat_in,
        test_stage_tables.OF_SEAT,
        first(stage.apply),
        lambda state: seat_status(state, state.seats[0]),
    ),
    "stage": Driver(
        "The stage of a room",
        _stage_in,
        {kind: commands[0] for kind, commands in test_stage_tables.OF_STAGE.items()},
        first(stage.apply),
    ),
}
