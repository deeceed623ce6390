"""A poll: every state with every command, votes that count once, and a result that is what was taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.poll import PollKind, PollStatus, Tally, VoteAck, VoteOutcome
from liveroom.rooms.options.polls import PollOptions
from liveroom.rooms.rules import ballots, poll
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.poll import apply
from liveroom.rooms.rules.poll_state import (
    CANCELLED,
    CLOSED,
    HIDDEN,
    OPEN,
    SETTLE_MS,
    SETTLED,
    Cancel,
    Close,
    Command,
    Elapse,
    Hide,
    PollState,
    Settle,
)
from tests.rooms.builders import NOW
from tests.rooms.polls import MINUTE_MS, RESULT_MS, make_poll

VOTES = {"a": 3, "c": 1, "voters": 4}
LATE = NOW + 2 * SETTLE_MS
COMMANDS: tuple[Command, ...] = (Close(VOTES), Settle("a"), Cancel(), Hide(), Elapse(VOTES))
QUIZ: dict[str, Any] = {"kind": PollKind.QUIZ, "right": "b"}


def make(kind: PollKind, status: PollStatus) -> PollState:
    """A poll that has come to a status."""
    draft = make_poll(kind=kind, right="a" if kind is PollKind.QUIZ else None)
    right = "a" if status is SETTLED else draft.right
    over_at_ms = None if status is OPEN else NOW
    return replace(draft, status=status, right=right, closed_at_ms=over_at_ms, over_at_ms=over_at_ms)


@pytest.mark.parametrize("kind", PollKind)
@pytest.mark.parametrize("status", PollStatus)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_pair_of_state_and_command_is_in_the_table_or_refused(
    kind: PollKind, status: PollStatus, command: Command
) -> None:
    state = make(kind, status)
    wanted = poll.TABLE.get((status, type(command)))
    is_open_prediction = kind is PollKind.PREDICTION and status is CLOSED
    if isinstance(command, Settle) and kind is not PollKind.PREDICTION:
        wanted = None
    if status is CLOSED and isinstance(command, Hide if is_open_prediction else Cancel):
        wanted = None
    if isinstance(command, Elapse) and wanted is None:
        assert apply(state, command, LATE) is state
    elif wanted is None:
        with pytest.raises(Refusal) as refused:
            apply(state, command, NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
    else:
        if is_open_prediction and isinstance(command, Elapse):
            wanted = CANCELLED
        if kind is PollKind.QUIZ and status is OPEN and wanted is CLOSED:
            wanted = SETTLED
        changed = apply(state, command, LATE if isinstance(command, Elapse) else NOW)
        assert changed.status is wanted
        assert changed.version == state.version + (changed is not state)


@pytest.mark.parametrize("command", [Close(VOTES), Elapse(VOTES)])
def test_the_result_is_what_was_taken_and_stays(command: Command) -> None:
    closed = apply(make_poll(), command, NOW + MINUTE_MS)
    assert (closed.status, closed.closed_at_ms) == (CLOSED, NOW + MINUTE_MS)
    assert closed.result == Tally(votes={"a": 3, "c": 1}, voters=4)
    assert apply(closed, Close({"a": 99, "voters": 99}), LATE) is closed
    hidden = apply(closed, Hide(), LATE)
    assert hidden.result == closed.result


def test_the_clock_closes_in_time_shows_the_result_for_a_while_and_no_longer() -> None:
    state = make_poll()
    assert apply(state, Elapse({}), NOW + MINUTE_MS - 1) is state
    closed = apply(state, Elapse({}), NOW + MINUTE_MS)
    assert closed.due_at_ms == NOW + MINUTE_MS + RESULT_MS
    assert apply(closed, Elapse({}), NOW + MINUTE_MS + RESULT_MS - 1) is closed
    hidden = apply(closed, Elapse({}), NOW + MINUTE_MS + RESULT_MS)
    assert (hidden.status, hidden.due_at_ms) == (HIDDEN, None)


def test_the_right_answer_of_a_quiz_is_told_when_it_is_closed_and_not_before() -> None:
    state = make_poll(**QUIZ)
    assert b'"right"' not in encode_value(state.view())
    assert b'"right"' not in encode_value(apply(state, Cancel(), NOW).view())
    settled = apply(state, Close(VOTES), NOW)
    assert (settled.status, settled.view().right) == (SETTLED, "b")


def test_a_prediction_waits_for_what_comes_true_and_is_cancelled_when_nobody_says() -> None:
    closed = apply(make_poll(kind=PollKind.PREDICTION), Close(VOTES), NOW)
    assert (closed.status, closed.due_at_ms) == (CLOSED, NOW + SETTLE_MS)
    settled = apply(closed, Settle("c"), NOW + 5)
    assert (settled.right, settled.due_at_ms) == ("c", NOW + 5 + RESULT_MS)
    assert apply(settled, Settle("c"), LATE) is settled
    with pytest.raises(Refusal, match="settled already: c was right"):
        apply(settled, Settle("a"), LATE)
    with pytest.raises(Refusal) as refused:
        apply(closed, Settle("d"), NOW)
    assert refused.value.facts["field"] == "right"
    assert apply(closed, Elapse({}), NOW + SETTLE_MS).status is CANCELLED


def test_a_refusal_names_what_is_possible_for_this_kind() -> None:
    with pytest.raises(Refusal) as refused:
        apply(make_poll(), Settle("a"), NOW)
    assert refused.value.facts["possible"] == "poll.close, poll.cancel"
    with pytest.raises(Refusal) as refused:
        apply(apply(make_poll(kind=PollKind.PREDICTION), Close({}), NOW), Hide(), NOW)
    assert refused.value.facts["possible"] == "poll.close, poll.settle, poll.cancel"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": "\u200b"}, "question"),
        ({"choices": ("红", "\u3164")}, "choices.1"),
        ({"choices": ("红", " 红 ")}, "choices"),
        ({"picks": 4}, "picks"),
        ({"kind": PollKind.QUIZ}, "right"),
        ({"right": "a"}, "right"),
        ({**QUIZ, "right": "d"}, "right"),
        ({**QUIZ, "picks": 2}, "picks"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        make_poll(**changes)
    assert (refused.value.code, refused.value.facts["field"]) == (ErrorCode.INVALID_FIELD, field)


def test_votes_are_asked_for_where_they_are_frozen() -> None:
    state = make_poll()
    assert poll.asks_votes(state, Close, NOW)
    assert poll.asks_votes(state, Elapse, NOW + MINUTE_MS)
    assert not poll.asks_votes(state, Elapse, NOW + MINUTE_MS - 1)
    assert not poll.asks_votes(state, Cancel, NOW)
    assert not poll.asks_votes(apply(state, Close({}), NOW), Close, NOW)


ANN = Claimant("ann", level=3)


@pytest.mark.parametrize(
    ("changes", "choices", "before", "now_ms", "answer"),
    [
        ({}, ["b"], None, NOW, VoteAck(outcome=VoteOutcome.COUNTED, choices=("b",))),
        ({"picks": 2}, ["c", "a"], None, NOW, VoteAck(outcome=VoteOutcome.COUNTED, choices=("a", "c"))),
        ({}, ["b"], ["a"], NOW, VoteAck(outcome=VoteOutcome.ALREADY_VOTED, choices=("a",))),
        ({}, ["b"], ["a"], LATE, VoteAck(outcome=VoteOutcome.ALREADY_VOTED, choices=("a",))),
        ({}, ["b"], None, NOW + MINUTE_MS, VoteAck(outcome=VoteOutcome.NOT_OPEN)),
        (
            {"audience": Audience(level_min=4)},
            ["b"],
            None,
            NOW,
            VoteAck(outcome=VoteOutcome.NOT_ELIGIBLE, rule=Rule.LEVEL),
        ),
        ({"audience": Audience(level_min=3)}, ["b"], None, NOW, VoteAck(outcome=VoteOutcome.COUNTED, choices=("b",))),
    ],
)
def test_a_vote_counts_once_in_time_and_of_those_who_may(
    changes: dict[str, Any], choices: list[str], before: list[str] | None, now_ms: int, answer: VoteAck
) -> None:
    assert ballots.rule(make_poll(**changes), choices, before, ANN, now_ms) == answer


@pytest.mark.parametrize("choices", [["d"], ["a", "a"], ["a", "b"]])
def test_a_vote_that_the_poll_does_not_have_is_refused(choices: list[str]) -> None:
    with pytest.raises(Refusal) as refused:
        ballots.rule(make_poll(), choices, None, ANN, NOW)
    assert refused.value.facts["field"] == "choices"


@pytest.mark.parametrize("status", [CLOSED, SETTLED, CANCELLED, HIDDEN])
def test_a_poll_that_is_over_takes_no_vote(status: PollStatus) -> None:
    state = replace(make_poll(), status=status)
    assert ballots.rule(state, ["a"], None, ANN, NOW).outcome is VoteOutcome.NOT_OPEN


def test_a_scene_cannot_let_polls_last_longer_than_they_may() -> None:
    with pytest.raises(ValueError, match="longer than `longest_s`"):
        PollOptions(lasts_s=60, longest_s=30)
