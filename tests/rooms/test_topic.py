"""A topic: every state with every command, what belongs to it, how hot it is, and what is said again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.topic import Opinion, Said, TopicStatus, TopicTally
from liveroom.rooms.options.topics import TopicOptions
from liveroom.rooms.rules import topic
from liveroom.rooms.rules.topic import apply
from liveroom.rooms.rules.topic_heat import cool, warm
from liveroom.rooms.rules.topic_state import CLOSED, HIDDEN, OPEN, Close, Command, Elapse, Hide, TopicState
from liveroom.rooms.rules.under_topic import KEPT, Refrain, Under, group
from tests.rooms.builders import NOW
from tests.rooms.polls import MINUTE_MS, RESULT_MS, make_topic

COUNTED = {"comments": 9, "a": 3, "heat": 9_000, "heat_at": NOW}
SAID = (Said(text="好看", count=3),)
COMMANDS: tuple[Command, ...] = (Close(COUNTED, SAID), Hide(), Elapse(COUNTED))
ID = "t_0000000000000001"


def make(status: TopicStatus) -> TopicState:
    """A topic that has come to a status."""
    return replace(make_topic(), status=status, closed_at_ms=None if status is OPEN else NOW)


@pytest.mark.parametrize("status", TopicStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_of_state_and_command_is_in_the_table_or_refused(status: TopicStatus, command: Command) -> None:
    state, wanted = make(status), topic.TABLE.get((status, type(command)))
    late = NOW + MINUTE_MS + RESULT_MS
    if wanted is None and isinstance(command, Elapse):
        assert apply(state, command, late) is state
    elif wanted is None:
        with pytest.raises(Refusal) as refused:
            apply(state, command, NOW)
        assert (refused.value.code, refused.value.facts["state"]) == (ErrorCode.WRONG_STATE, status.value)
    else:
        changed = apply(state, command, late)
        assert changed.status is wanted
        assert changed.version == state.version + (changed is not state)


def test_the_summary_is_what_was_counted_and_stays() -> None:
    closed = apply(make_topic(), Close(COUNTED, SAID), NOW)
    assert closed.summary == TopicTally(comments=9, heat=6, opinions={"a": 3}, said=SAID)
    assert apply(closed, Close({"comments": 99}), NOW + 5) is closed
    assert apply(closed, Hide(), NOW).summary == closed.summary
    assert topic.asks_counts(make_topic(), Close, NOW)
    assert not topic.asks_counts(make_topic(), Elapse, NOW)
    assert not topic.asks_counts(closed, Close, NOW)


def test_the_clock_closes_it_and_takes_it_away() -> None:
    state = make_topic()
    assert apply(state, Elapse({}), NOW + MINUTE_MS - 1) is state
    closed = apply(state, Elapse({}), NOW + MINUTE_MS)
    assert (closed.status, closed.due_at_ms) == (CLOSED, NOW + MINUTE_MS + RESULT_MS)
    hidden = apply(closed, Elapse({}), NOW + MINUTE_MS + RESULT_MS)
    assert (hidden.status, hidden.due_at_ms) == (HIDDEN, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "\u200b"}, "text"),
        ({"opinions": (Opinion(text="\u3164"),)}, "opinions.0.text"),
        ({"opinions": (Opinion(text="好", words=("\u200b",)),)}, "opinions.0.words.0"),
        ({"opinions": (Opinion(text="好"), Opinion(text="坏", words=("好！",)))}, "opinions"),
        ({"opinions": (Opinion(text="？！"),)}, "opinions"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        make_topic(**changes)
    assert (refused.value.code, refused.value.facts["field"]) == (ErrorCode.INVALID_FIELD, field)


SHOWN = {ID: orjson.loads(encode_value(make_topic().view()))}


@pytest.mark.parametrize(
    ("text", "wanted", "under"),
    [
        ("真好看！", None, Under(ID, "a")),
        ("好 看", None, Under(ID, "a")),
        ("不好看", None, Under(ID, "b")),
        ("好看，但是一般", None, None),
        ("好看，但是一般", ID, Under(ID, None)),
        ("多少钱", None, None),
        ("多少钱", ID, Under(ID, None)),
        ("多少钱", "t_0000000000000009", None),
        ("？？", None, None),
    ],
)
def test_a_comment_belongs_to_the_topic_by_its_author_or_by_its_words(
    text: str, wanted: str | None, under: Under | None
) -> None:
    assert group(SHOWN, wanted, text) == under


def test_nothing_belongs_to_a_topic_that_is_not_open_and_of_two_the_newer_counts() -> None:
    closed = {ID: SHOWN[ID] | {"status": "closed"}}
    assert group({}, ID, "好看") is None
    assert group(closed, ID, "好看") is None
    newer = {"t_2": SHOWN[ID] | {"id": "t_2", "opened_at": NOW + 1}}
    assert group(SHOWN | newer, None, "好看") == Under("t_2", "a")


def test_heat_is_comments_a_minute_and_cools() -> None:
    heat, at_ms = 0, NOW
    for _ in range(600):
        heat, at_ms = warm(heat, at_ms, 2, at_ms + 1_000)
    assert 119 <= cool(heat, at_ms, at_ms) <= 122
    assert 59 <= cool(heat, at_ms, at_ms + MINUTE_MS) <= 61
    assert cool(heat, at_ms, at_ms + 100 * MINUTE_MS) == 0


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(-(10**7), 10**7))
def test_heat_is_never_negative_and_time_that_runs_backwards_changes_nothing(heat: int, more: int, ms: int) -> None:
    after, at_ms = warm(heat, NOW, more, NOW + ms)
    assert after >= 0
    assert at_ms == max(NOW, NOW + ms)
    if ms <= 0:
        assert after == heat + more * 1_000


def test_what_is_said_again_and_again_is_found_however_it_is_written() -> None:
    refrain = Refrain()
    for text in ("好看！", "好 看", "好看", "贵", "ＯＫ", "ok", "？", "只说一次"):
        refrain.add(text)
    assert refrain.top() == (Said(text="好看！", count=3), Said(text="ＯＫ", count=2))


def test_a_refrain_is_found_among_thousands_of_things_said_once() -> None:
    refrain = Refrain()
    for number in range(5 * KEPT):
        refrain.add(f"第{number}句")
        refrain.add("好看")
    assert refrain.top()[0].text == "好看"
    assert refrain.top()[0].count >= 5 * KEPT
    assert len(refrain._counts) <= KEPT


def test_a_scene_cannot_let_topics_last_longer_than_they_may() -> None:
    with pytest.raises(ValueError, match="longer than `longest_s`"):
        TopicOptions(lasts_s=60, longest_s=30)
