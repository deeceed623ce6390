"""docs/machines.md: the state machines as diagrams, drawn from the tables that the rules look into.

Promise: every pair of state and command is on the page, the refused ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from liveroom.rooms.messages.battle_view import BattleStatus
from liveroom.rooms.messages.campaign import CampaignStatus
from liveroom.rooms.messages.lottery import LotteryStatus
from liveroom.rooms.messages.numbers import RecordStatus
from liveroom.rooms.messages.poll import PollStatus
from liveroom.rooms.messages.question import QuestionStatus
from liveroom.rooms.messages.stage_view import SeatStatus, StageStatus, Standing
from liveroom.rooms.messages.topic import TopicStatus
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
    product_state,
    products,
    question,
    show_record,
    stage_table,
    topic,
    value_card,
)

INTRODUCTION = """\
# State machines

Drawn by `make docs` from the tables in `liveroom/rooms/rules/`. A pair that is not in a table is refused with
`wrong_state`, and the refusal names the state and what is possible there.
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine.

    Args:
        about: a sentence for people.
        initial: the state of a new one.
        table: state and command to the next state.
        words: how the page calls the commands.
        more: transitions that depend on more than state and command, as (from, words, to).
    """

    title: str
    about: str
    initial: StrEnum
    table: Mapping[tuple[Any, type], Any]
    words: Mapping[type, str]
    more: Iterable[tuple[StrEnum, str, StrEnum]] = ()


CARD_WORDS: Mapping[type, str] = {
    value_card.Due: "the delay is over",
    value_card.Act: "comments or likes",
    value_card.Tap: "taps the card",
}
LAST_TAP = "taps the last step"
LAST_COUPON = "the last coupon is granted"
MORE_COUPONS = "a coupon comes back, or there are more"

BATTLE_MORE: tuple[tuple[BattleStatus, str, BattleStatus], ...] = (
    (BattleStatus.INVITED, "enough have joined, nobody is waited for", BattleStatus.READY),
    (BattleStatus.INVITED, "the last one refuses", BattleStatus.ENDED),
    (BattleStatus.READY, "one side is left", BattleStatus.ENDED),
    (BattleStatus.RUNNING, "one side is left, or all agree", BattleStatus.COUNTING),
    (BattleStatus.OVERTIME, "one side is left, or all agree", BattleStatus.COUNTING),
    (BattleStatus.COUNTING, "a draw, the first one", BattleStatus.OVERTIME),
    (BattleStatus.SETTLED, "nobody is punished", BattleStatus.REMATCH),
    (BattleStatus.SETTLED, "nobody is punished, and no rematch is possible", BattleStatus.ENDED),
    (BattleStatus.PUNISHMENT, "a winner or all want it", BattleStatus.REMATCH),
    (BattleStatus.PUNISHMENT, "no rematch is possible", BattleStatus.ENDED),
    (BattleStatus.REMATCH, "all want it", BattleStatus.READY),
)

MACHINES = (
    Machine(
        "A room",
        "`rules/lifecycle.py`. People can talk, like and act while it is open or live; a room can go live again.",
        lifecycle.CREATED,
        lifecycle.TABLE,
        lifecycle.NAMES,
    ),
    Machine(
        "A value card",
        "`rules/value_card.py`, one for each visit. A quiet viewer sees the first step when the delay is over; "
        "who acts before sees the next one at once. Repeats lead nowhere, so they do no harm.",
        value_card.WAITING,
        value_card.TABLE,
        CARD_WORDS,
        ((value_card.SHOWN, LAST_TAP, value_card.DONE), (value_card.ACTED, LAST_TAP, value_card.DONE)),
    ),
    Machine(
        "A combo of gifts",
        "`rules/combos.py`. The server closes it when the window after its last gift is over, once, with one "
        "settlement; the same gift after that begins another one.",
        combos.OPEN,
        combos.TABLE,
        combos.NAMES,
    ),
    Machine(
        "A coupon campaign",
        "`rules/campaign.py`. Active and exhausted follow the stock: exhausted when every drop that is not over has "
        "nothing left. What happens by itself changes nothing where the table has nothing.",
        CampaignStatus.DRAFT,
        campaign.TABLE,
        campaign.NAMES,
        (
            (CampaignStatus.ACTIVE, LAST_COUPON, CampaignStatus.EXHAUSTED),
            (CampaignStatus.EXHAUSTED, MORE_COUPONS, CampaignStatus.ACTIVE),
        ),
    ),
    Machine(
        "A granted coupon",
        "`rules/grants.py`. A lock holds a coupon for an order that is being paid; it may run past the time of the "
        "coupon. Repeats of the same order change nothing.",
        grants.ISSUED,
        grants.TABLE,
        grants.NAMES,
        ((grants.ISSUED, "its time is over", grants.EXPIRED), (grants.LOCKED, "the lock runs out", grants.ISSUED)),
    ),
    Machine(
        "A poll",
        "`rules/poll.py`. A quiz is settled by closing it, since its right choice is known; only a prediction is "
        "settled by a command, and one that nobody settles in a day is cancelled. A poll that is closed can be hidden, "
        "a prediction cancelled. Where the table has nothing, time changes nothing.",
        PollStatus.OPEN,
        poll.TABLE,
        poll.NAMES,
        (
            (PollStatus.OPEN, "a quiz: poll.close, its time is over", PollStatus.SETTLED),
            (PollStatus.CLOSED, "a prediction: its time is over", PollStatus.CANCELLED),
        ),
    ),
    Machine(
        "A topic",
        "`rules/topic.py`. Setting the next one closes the one before. Where the table has nothing, time changes "
        "nothing.",
        TopicStatus.OPEN,
        topic.TABLE,
        topic.NAMES,
    ),
    Machine(
        "A lottery",
        "`rules/lottery.py`. Entries are taken while it is open; the winners are told some seconds after the last one. "
        "Where the table has nothing, time changes nothing.",
        LotteryStatus.OPEN,
        lottery.TABLE,
        lottery.NAMES,
    ),
    Machine(
        "A held comment",
        "`rules/held.py`. The first who decides settles it, or the deadline, as the room says. In the row of waiting "
        "«refused» is the state; below, that nothing is turned round, and the deadline changes nothing there.",
        held.WAITING,
        held.TABLE,
        held.NAMES,
        held.MORE,
    ),
    Machine(
        "Asking to be let in again",
        "`rules/appeals.py`, one for each person who is banned from a room. While it is open, asking with other words "
        "is refused, and so it is for a day after a denial.",
        appeals.OPEN,
        appeals.TABLE,
        appeals.NAMES,
    ),
    Machine(
        "A battle",
        "`rules/battle.py`, one for all its rooms. What happens by itself changes nothing where the table has nothing; "
        "a repeat by the same room changes nothing.",
        BattleStatus.INVITED,
        battle.TABLE,
        battle.NAMES,
        BATTLE_MORE,
    ),
    Machine(
        "A product",
        "`rules/products.py`. What viewers cannot see of a change is kept and told to nobody.",
        product_state.ON,
        products.TABLE,
        products.NAMES,
    ),
    Machine(
        "A shelf",
        "`rules/explaining.py`, one in a room: which product is explained. What was meant for another product, or for "
        "a show that is over, changes nothing.",
        explaining.QUIET,
        explaining.TABLE,
        explaining.NAMES,
    ),
    Machine(
        "A question",
        "`rules/question.py`, one for all who ask the same in a show. Who asks again is in the same entry; an answer "
        "holds for a while.",
        QuestionStatus.ASKED,
        question.TABLE,
        question.NAMES,
        question.MORE,
    ),
    Machine(
        "The record of a show",
        "`rules/show_record.py`. What several nodes count is put together; after the end nothing changes it.",
        RecordStatus.LIVE,
        show_record.TABLE,
        show_record.NAMES,
    ),
    Machine(
        "A person and the stage",
        "`rules/stage_table.py`. Who waits has a place in the queue; who is invited has a seat held for them; who "
        "drops keeps the seat for a moment. A pair that stays where it is is a repeat, and is answered the same.",
        Standing.ABSENT,
        stage_table.PERSON,
        stage_table.PERSON_WORDS,
        stage_table.MORE,
    ),
    Machine(
        "A seat of the stage",
        "`rules/stage_table.py`. What the staff do with it; people take and leave seats by the machine above. Held: an "
        "invitation to it is out.",
        SeatStatus.FREE,
        stage_table.SEAT,
        stage_table.SEAT_WORDS,
        stage_table.SEAT_MORE,
    ),
    Machine(
        "The stage of a room",
        "`rules/stage_table.py`. Closed: people come by invitation alone.",
        StageStatus.OPEN,
        stage_table.STAGE,
        stage_table.STAGE_WORDS,
    ),
)


def render_machines() -> str:
    """The whole page as Markdown."""
    return INTRODUCTION + "".join(_render(machine) for machine in MACHINES)


def _render(machine: Machine) -> str:
    return f"\n## {machine.title}\n\n{machine.about}\n\n{_draw(machine)}\n{_tabulate(machine)}"


def _draw(machine: Machine) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, command), after in machine.table.items():
        if state is not after:
            arrows.setdefault((state.value, after.value), []).append(machine.words[command])
    for state, words, after in machine.more:
        arrows.setdefault((state.value, after.value), []).append(words)
    lines = [f"    {before} --> {after} : {', '.join(words)}" for (before, after), words in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {machine.initial.value}", *lines, "```", ""])


def _tabulate(machine: Machine) -> str:
    head = "| | " + " | ".join(machine.words.values()) + " |"
    rule = "|---" * (len(machine.words) + 1) + "|"
    rows = [
        f"| **{state.value}** | " + " | ".join(_cell(machine, state, command) for command in machine.words) + " |"
        for state in type(machine.initial)
    ]
    return "\n".join([head, rule, *rows, ""])


def _cell(machine: Machine, state: StrEnum, command: type) -> str:
    after = machine.table.get((state, command))
    if after is None:
        return "refused"
    return "stays" if after is state else after.value
