"""The life of a question: every pair of its table, who is counted, what comes first, and any history of it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import TypeAdapter

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.question import Answerer, HandTo, QuestionShown, QuestionStatus
from liveroom.rooms.rules import question
from liveroom.rooms.rules.question import (
    NAMES,
    TABLE,
    Answer,
    Ask,
    Begin,
    Command,
    Deliver,
    Dismiss,
    Elapse,
    HandOver,
    Leave,
    PutBack,
    Take,
)
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.question_state import ASKERS_MOST, Asker, QuestionState, mine, order, priority, view
from tests.rooms.builders import HOST, MACHINE, NOW

OPTIONS = QuestionOptions(open_s=60, again_s=600)
BY = Answerer(user=HOST, role=Role.HOST)
STATES: TypeAdapter[QuestionState] = TypeAdapter(QuestionState)


def asker(user_id: str, **more: int | bool) -> Asker:
    """Somebody who asks."""
    return replace(Asker(Person(id=user_id, name=user_id), NOW), **more)  # type: ignore[arg-type] - fields by name


def make_question(status: QuestionStatus = QuestionStatus.ASKED) -> QuestionState:
    """A question of ann in this status."""
    state = question.begin(Begin("s-1", "demo", "s", "为什么", OPTIONS, (asker("ann"),)), NOW)
    ways: dict[QuestionStatus, tuple[Command, ...]] = {
        QuestionStatus.ASKED: (),
        QuestionStatus.DELIVERED: (Deliver(),),
        QuestionStatus.ANSWERING: (Take(BY),),
        QuestionStatus.ANSWERED: (Answer(BY, "so"),),
        QuestionStatus.HANDED_OVER: (HandOver(BY, HandTo.FOLLOW_UP),),
        QuestionStatus.EXPIRED: (Leave(),),
        QuestionStatus.DISMISSED: (Dismiss(BY),),
    }
    for command in ways[status]:
        state, _ = question.apply(state, command, NOW)
    return state


COMMANDS: dict[type[Command], Command] = {
    Ask: Ask((asker("bob"),)),
    Deliver: Deliver(),
    Take: Take(BY),
    PutBack: PutBack(),
    Answer: Answer(BY, "so"),
    HandOver: HandOver(BY, HandTo.FOLLOW_UP),
    Dismiss: Dismiss(BY),
    Leave: Leave(),
    Elapse: Elapse(),
}


@pytest.mark.parametrize("kind", list(COMMANDS), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("status", list(QuestionStatus))
def test_the_table_is_the_whole_machine(status: QuestionStatus, kind: type[Command]) -> None:
    assert set(NAMES) == set(COMMANDS)
    state = make_question(status)
    assert state.status is status
    after = TABLE.get((status, kind))
    if after is None:
        with pytest.raises(Refusal) as refused:
            question.apply(state, COMMANDS[kind], NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
        return
    once, _ = question.apply(state, COMMANDS[kind], NOW)
    assert once.status is after
    twice, told = question.apply(once, COMMANDS[kind], NOW)
    assert (twice is once, told) == (True, ()), "a repeat changes nothing more"


def test_everybody_counts_once_and_many_are_only_counted() -> None:
    many = tuple(asker(f"u{number}") for number in range(ASKERS_MOST + 5))
    state, _ = question.apply(make_question(), Ask((*many, asker("ann"))), NOW)
    assert (state.count, len(state.askers)) == (ASKERS_MOST + 6, ASKERS_MOST)


def test_what_is_asked_by_many_members_and_buyers_comes_first() -> None:
    plain = make_question()
    bob = (asker("bob"),)
    twice, _ = question.apply(plain, Ask(bob), NOW)
    member, _ = question.apply(plain, Ask((asker("bob", member=True),)), NOW)
    buyer, _ = question.apply(plain, Ask((asker("bob", bought=True, spent=500),)), NOW)
    level, _ = question.apply(plain, Ask((asker("bob", level=7),)), NOW)
    assert [priority(each) for each in (plain, twice, level, member, buyer)] == [0, 10, 17, 30, 40]
    later = replace(plain, id="s-0", asked_ms=NOW + 1)
    assert sorted([later, plain, buyer], key=order) == [buyer, plain, later]
    assert view(buyer).askers[0].user.id == "bob"


def test_an_answer_holds_for_a_while_and_then_the_question_is_open_again() -> None:
    answered = make_question(QuestionStatus.ANSWERED)
    soon, _ = question.apply(answered, Ask((asker("bob"),)), NOW + 599_999)
    assert (mine(soon).status, mine(soon).answer) == (QuestionStatus.ANSWERED, "so")
    late, _ = question.apply(answered, Ask((asker("bob"),), delivered=True), NOW + 600_000)
    assert (late.status, late.answer, late.expires_ms) == (QuestionStatus.DELIVERED, None, NOW + 660_000)


def test_the_first_answer_stays_and_one_that_was_left_can_be_answered_later() -> None:
    other = Answerer(user=Person(id="mod", name="Mod"), role=Role.MODERATOR)
    answered = make_question(QuestionStatus.ANSWERED)
    assert question.apply(answered, Answer(other, "no"), NOW)[0] is answered
    followed, _ = question.apply(make_question(QuestionStatus.EXPIRED), Answer(other, "yes"), NOW + 10)
    assert (followed.by, followed.answer, followed.settled_ms) == (other, "yes", NOW + 10)


def test_the_room_sees_what_is_taken_up_and_what_became_of_it() -> None:
    taken, told = question.apply(make_question(), Take(BY), NOW)
    assert [event.question.status for event in told if isinstance(event, QuestionShown)] == [QuestionStatus.ANSWERING]
    back, told = question.apply(taken, PutBack(), NOW)
    assert [event.question.status for event in told if isinstance(event, QuestionShown)] == [QuestionStatus.DELIVERED]
    assert question.apply(back, Ask((asker("bob"),)), NOW)[1] == ()


def test_its_time_ends_by_the_clock() -> None:
    state = make_question()
    assert question.apply(state, Elapse(), NOW + 59_999)[0] is state
    left, _ = question.apply(state, Elapse(), NOW + 60_000)
    assert (left.status, left.expires_ms) == (QuestionStatus.EXPIRED, None)


class QuestionMachine(RuleBasedStateMachine):
    """People ask, the staff decide, the clock jumps; beside it a set of who asked and the answer that was given."""

    def __init__(self) -> None:
        super().__init__()
        self.state = make_question()
        self.now_ms = NOW
        self.asked = {"ann"}
        self.version = 1

    @rule(name=st.sampled_from("abcdef"), delivered=st.booleans())
    def ask(self, name: str, delivered: bool) -> None:
        self.do(Ask((asker(name),), delivered))
        self.asked.add(name)

    @rule(kind=st.sampled_from([kind for kind in COMMANDS if kind is not Ask]))
    def decide(self, kind: type[Command]) -> None:
        self.do(COMMANDS[kind])

    @rule(ms=st.sampled_from([-1_000, 1, 30_000, 61_000, 601_000]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms

    def do(self, command: Command) -> None:
        before = self.state
        try:
            self.state, told = question.apply(before, command, self.now_ms)
        except Refusal:
            assert (before.status, type(command)) not in TABLE
            return
        assert self.state.version == before.version + (self.state is not before)
        assert not told or self.state is not before

    @invariant()
    def everybody_is_counted_and_what_is_open_has_an_end_or_somebody_at_it(self) -> None:
        assert self.state.count == len(self.asked)
        waits = self.state.status in (QuestionStatus.ASKED, QuestionStatus.DELIVERED)
        assert (self.state.expires_ms is not None) == waits
        assert (self.state.answer is None) == (self.state.status is not QuestionStatus.ANSWERED)

    @rule()
    def it_is_kept_as_it_is(self) -> None:
        assert STATES.validate_json(orjson.dumps(STATES.dump_python(self.state, mode="json"))) == self.state


QuestionMachine.TestCase.settings = settings(MACHINE)
TestQuestion = QuestionMachine.TestCase
