"""A lottery: every state with every command, entries that count once, keywords however they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines.contract import ForServers
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.lottery import (
    MOST_ENTRIES,
    MOST_WINNERS,
    PRIZE_CHARS,
    ByComment,
    Entry,
    EntryAck,
    EntryOutcome,
    LotteryStatus,
    Prize,
    Winner,
)
from liveroom.rooms.messages.people import NAME_CHARS, Person
from liveroom.rooms.options.lotteries import LotteryOptions
from liveroom.rooms.rules import draw, entries, lottery
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.keywords import says
from liveroom.rooms.rules.lottery import apply
from liveroom.rooms.rules.lottery_state import (
    DRAWING,
    DRAWN,
    HIDDEN,
    OPEN,
    Cancel,
    Command,
    Draw,
    Drawn,
    Elapse,
    Hide,
    LotteryState,
)
from liveroom.rooms.value.lotteries.lottery_machine import LOTTERY
from liveroom.rooms.webhook_events import webhook_message
from tests.rooms.builders import NOW
from tests.rooms.polls import MINUTE_MS, RESULT_MS, SUSPENSE_MS, make_lottery

LATE = NOW + 10 * 86_400_000
WON = Winner(prize=0, number=2, ticket="ab" * 12, user=Person(id="ann", name="Ann"))
RESULT = Drawn("cd" * 32, (WON,))
COMMANDS: tuple[Command, ...] = (Draw(7), Cancel(), Hide(), Elapse(7, RESULT))


def make(status: LotteryStatus) -> LotteryState:
    """A lottery that has come to a status."""
    state = replace(make_lottery(), status=status)
    if status in (DRAWING, DRAWN, HIDDEN):
        state = replace(state, entries=7, draws_at_ms=NOW)
    return replace(state, winners=(WON,), drawn_at_ms=NOW) if status in (DRAWN, HIDDEN) else state


@pytest.mark.parametrize("status", LotteryStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_of_state_and_command_is_in_the_table_or_refused(status: LotteryStatus, command: Command) -> None:
    state = make(status)
    wanted = lottery.TABLE.get((status, type(command)))
    if wanted is None and isinstance(command, Elapse):
        assert apply(state, command, LATE) is state
    elif wanted is None:
        with pytest.raises(Refusal) as refused:
            apply(state, command, NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
    else:
        changed = apply(state, command, LATE if isinstance(command, Elapse) else NOW)
        assert changed.status is wanted
        assert changed.version == state.version + (changed is not state)


def test_the_clock_takes_it_through_its_life() -> None:
    state = make_lottery()
    assert apply(state, Elapse(7), NOW + MINUTE_MS - 1) is state
    drawing = apply(state, Elapse(7), NOW + MINUTE_MS)
    assert (drawing.status, drawing.entries, drawing.due_at_ms) == (DRAWING, 7, NOW + MINUTE_MS + SUSPENSE_MS)
    assert apply(drawing, Elapse(None, RESULT), NOW + MINUTE_MS + SUSPENSE_MS - 1) is drawing
    drawn = apply(drawing, Elapse(None, RESULT), NOW + MINUTE_MS + SUSPENSE_MS)
    assert (drawn.status, drawn.winners, drawn.entries_hash) == (DRAWN, (WON,), "cd" * 32)
    hidden = apply(drawn, Elapse(), drawn.due_at_ms or 0)
    assert (hidden.status, hidden.due_at_ms, hidden.winners) == (HIDDEN, None, (WON,))
    assert drawn.due_at_ms == NOW + MINUTE_MS + SUSPENSE_MS + RESULT_MS


def test_the_winners_are_drawn_once() -> None:
    drawn = make(DRAWN)
    other = Drawn("ef" * 32, ())
    assert apply(drawn, Draw(9), LATE) is drawn
    assert apply(drawn, Elapse(9, other), NOW + 1) is drawn
    assert apply(drawn, Elapse(9, other), LATE).winners == (WON,)


def test_the_seed_is_told_with_the_winners_and_the_secret_never() -> None:
    for status in LotteryStatus:
        told = encode_value(make(status).view()).decode()
        assert (make_lottery().seed in told) == (status in (DRAWN, HIDDEN))
        assert make_lottery().secret not in told
        assert draw.commit("l_0000000000000001", "5e" * 32, make_lottery().prizes) in told


def test_who_carries_out_a_draw_must_know_the_entries() -> None:
    with pytest.raises(ValueError, match="entries"):
        apply(make_lottery(), Elapse(), LATE)
    with pytest.raises(ValueError, match="entries"):
        apply(make(DRAWING), Elapse(), LATE)


def test_entries_and_winners_are_asked_for_where_they_are_needed() -> None:
    state = make_lottery()
    assert lottery.asks_entries(state, Draw, NOW)
    assert lottery.asks_entries(state, Elapse, NOW + MINUTE_MS)
    assert not lottery.asks_entries(state, Elapse, NOW)
    assert not lottery.asks_entries(state, Cancel, NOW)
    assert not lottery.asks_winners(state, Elapse, LATE)
    assert lottery.asks_winners(make(DRAWING), Elapse, NOW)
    assert not lottery.asks_winners(make(DRAWING), Elapse, NOW - 1)
    assert not lottery.asks_winners(make(DRAWING), Draw, NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "\u200b"}, "title"),
        ({"prizes": (Prize(name="a"), Prize(name="\u3164"))}, "prizes.1.name"),
        ({"prizes": (Prize(name="a", count=100), Prize(name="b"))}, "prizes"),
        ({"way": ByComment(how="comment", keyword="\u200b")}, "way.keyword"),
        ({"way": ByComment(how="comment", keyword="!?")}, "way.keyword"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        make_lottery(**changes)
    assert (refused.value.code, refused.value.facts["field"]) == (ErrorCode.INVALID_FIELD, field)


ANN = Claimant("ann", level=3)
OLD = Entry(number=4, ticket="ab" * 12, name="Ann")
BY_COMMENT = {"way": ByComment(how="comment", keyword="抽奖")}


@pytest.mark.parametrize(
    ("changes", "entered", "before", "said", "now_ms", "outcome"),
    [
        ({}, 6, None, False, NOW, EntryOutcome.ENTERED),
        ({}, 6, OLD, False, NOW, EntryOutcome.ALREADY_ENTERED),
        ({}, 6, OLD, False, LATE, EntryOutcome.ALREADY_ENTERED),
        ({}, 6, None, False, NOW + MINUTE_MS, EntryOutcome.NOT_OPEN),
        ({}, MOST_ENTRIES - 1, None, False, NOW, EntryOutcome.ENTERED),
        ({}, MOST_ENTRIES, None, False, NOW, EntryOutcome.FULL),
        (BY_COMMENT, 6, None, False, NOW, EntryOutcome.COMMENT_NEEDED),
        (BY_COMMENT, 6, None, True, NOW, EntryOutcome.ENTERED),
        ({"audience": Audience(level_min=3)}, 6, None, False, NOW, EntryOutcome.ENTERED),
    ],
)
def test_one_enters_once_in_time_and_by_its_way(
    changes: dict[str, Any], entered: int, before: Entry | None, said: bool, now_ms: int, outcome: EntryOutcome
) -> None:
    answer = entries.rule(make_lottery(**changes), entered, before, ANN, "Ann", now_ms, said=said)
    assert answer.outcome is outcome
    if outcome is EntryOutcome.ENTERED:
        assert answer.entry == Entry(number=entered + 1, ticket=draw.make_ticket("0a" * 16, "ann"), name="Ann")
    else:
        assert answer.entry == before


def test_members_alone_enter_what_is_for_members() -> None:
    state = make_lottery(audience=Audience(member=True))
    denied = EntryAck(outcome=EntryOutcome.NOT_ELIGIBLE, rule=Rule.MEMBER)
    assert entries.rule(state, 0, None, ANN, "Ann", NOW, said=False) == denied
    member = ANN._replace(member=True)
    assert entries.rule(state, 0, None, member, "Ann", NOW, said=False).outcome is EntryOutcome.ENTERED


@pytest.mark.parametrize("status", [status for status in LotteryStatus if status is not OPEN])
def test_a_lottery_that_is_not_open_takes_nobody(status: LotteryStatus) -> None:
    answer = entries.rule(make(status), 0, None, ANN, "Ann", NOW, said=False)
    assert answer.outcome is EntryOutcome.NOT_OPEN


@pytest.mark.parametrize(
    ("text", "keyword", "wanted"),
    [
        ("1", "1", True),
        ("１", "1", True),
        ("111", "1", True),
        ("扣1", "1", False),
        ("11点开始吗", "1", False),
        ("", "1", False),
        ("我要中奖！", "我要中奖", True),
        ("我 要 中 奖", "我要中奖", True),
        ("主播主播我要中奖啦", "我要中奖！", True),
        ("我要", "我要中奖", False),
        ("ＧＯ go", "Go", True),
        ("666666", "666", True),
        ("66", "666", False),
        ("好", "!!", False),
    ],
)
def test_a_keyword_is_heard_however_it_is_written(text: str, keyword: str, wanted: bool) -> None:
    assert says(text, keyword) is wanted


def test_a_scene_cannot_let_lotteries_last_longer_than_they_may() -> None:
    with pytest.raises(ValueError, match="longer than `longest_s`"):
        LotteryOptions(lasts_s=60, longest_s=30)


def test_a_draw_with_as_many_winners_and_as_long_names_as_there_can_be_is_told_to_the_servers_of_the_app() -> None:
    """Else it could not be kept, and would be due for ever."""
    wide = "\N{WRAPPED PRESENT}"
    person = Person(id=wide * 128, name=wide * NAME_CHARS)
    winners = tuple(Winner(prize=0, number=number + 1, ticket="ab" * 12, user=person) for number in range(MOST_WINNERS))
    prizes = (Prize(name=wide * PRIZE_CHARS, count=MOST_WINNERS),)
    drawing = replace(make(DRAWING), prizes=prizes, entries=MOST_WINNERS)
    told = LOTTERY.apply(drawing, Elapse(drawn=Drawn("cd" * 32, winners)), LATE).told
    (report,) = [each for each in told if isinstance(each, ForServers)]
    assert webhook_message(*report).payload
