"""Comments: what is shown, what is sampled out under a flood, and that the count of both is right."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import CommentSent, CommentsShed
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules import comments
from liveroom.rooms.rules.comments import Comments, PostComment, Weight
from tests.rooms.builders import HOST, MACHINE, NOW, make_author

TO_HOST = (Person(id=HOST.id, name=HOST.name),)


def make_comment(text: str = "好看", role: Role = Role.VIEWER, level: int = 0, to_host: bool = False) -> PostComment:
    return PostComment("c_1", make_author(role=role, level=level), text, None, TO_HOST if to_host else ())


def make_state(tokens: float, per_s: int = 10) -> Comments:
    return Comments(per_s, HOST.id, tokens, NOW)


def is_shown(state: Comments, comment: PostComment) -> bool:
    _, (event,) = comments.apply(state, comment, NOW)
    return isinstance(event, CommentSent)


def test_a_comment_is_shown_cleaned_with_its_quote_and_mentions() -> None:
    state = comments.start(RoomSettings(), HOST.id, NOW)
    quote = comments.quote("c_0", "阿木", "第一行\n" + "长" * 90)
    after, (event,) = comments.apply(state, PostComment("c_1", make_author(), " 好\u202e ", quote, TO_HOST), NOW)
    assert isinstance(event, CommentSent)
    assert (event.id, event.text, event.mentions, event.question) == ("c_1", "好", TO_HOST, None)
    assert event.reply_to is not None
    assert event.reply_to.text == "第一行 " + "长" * 75 + "…"
    assert (after.sent_total, after.shed_total) == (1, 0)


@pytest.mark.parametrize(("text", "fact"), [(" \u200b\n", "no visible"), ("\U0001d160" * 250, "750 characters")])
def test_a_text_with_nothing_or_too_much_in_it_is_refused(text: str, fact: str) -> None:
    with pytest.raises(Refusal, match=fact) as refused:
        comments.apply(make_state(10), make_comment(text), NOW)
    assert refused.value.code == ErrorCode.INVALID_FIELD
    assert refused.value.facts == {"field": "text"}


@pytest.mark.parametrize(
    ("comment", "least_tokens"),
    [
        (make_comment(), 7.0),
        (make_comment(level=9), 7.0),
        (make_comment(role=Role.GUEST), 7.0),
        (make_comment(level=10), 1.0),
        (make_comment(to_host=True), 1.0),
        (make_comment("有黑色吗"), 0.0),
        (make_comment("any left?", role=Role.GUEST), 0.0),
        (make_comment(role=Role.HOST), 0.0),
        (make_comment(role=Role.MODERATOR), 0.0),
        (make_comment(role=Role.OPERATOR), 0.0),
        (make_comment(role=Role.SERVICE), 0.0),
    ],
)
def test_small_talk_goes_first_then_the_important_and_never_staff_or_questions(
    comment: PostComment, least_tokens: float
) -> None:
    assert is_shown(make_state(least_tokens), comment)
    if least_tokens:
        assert not is_shown(make_state(least_tokens - 0.01), comment)


def test_what_is_sampled_out_is_counted_and_told() -> None:
    state, (event,) = comments.apply(make_state(0)._replace(shed_total=41), make_comment(), NOW)
    assert event == CommentsShed(total=42)
    assert (state.sent_total, state.shed_total) == (0, 42)


def test_a_flood_is_cut_to_the_readable_rate() -> None:
    state = comments.start(RoomSettings(comments_per_s=50), HOST.id, NOW)
    for tenth in range(100):
        for _ in range(100):
            state, _ = comments.apply(state, make_comment(), NOW + tenth * 100)
    assert state.sent_total + state.shed_total == 10_000
    assert state.sent_total == pytest.approx(50 * 10 + 70, abs=6)


def test_zero_means_no_sampling() -> None:
    state = comments.start(RoomSettings(comments_per_s=0), HOST.id, NOW)
    for _ in range(1000):
        state, _ = comments.apply(state, make_comment(), NOW)
    assert (state.sent_total, state.shed_total) == (1000, 0)


def test_a_clock_that_steps_back_neither_fills_nor_empties() -> None:
    state, _ = comments.apply(make_state(10), make_comment(), NOW - 60_000)
    assert (state.tokens, state.at_ms) == (9, NOW)


KINDS = {
    Weight.ORDINARY: make_comment(),
    Weight.IMPORTANT: make_comment(level=10),
    Weight.VITAL: make_comment(role=Role.HOST),
}
PER_S = 50
TOKEN_MS = 1000 // PER_S


class Flood(RuleBasedStateMachine):
    """The bucket against a naive model that counts in whole tokens, one each 20 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.state = comments.start(RoomSettings(comments_per_s=PER_S), HOST.id, NOW)
        self.now_ms = NOW
        self.tokens = 2 * PER_S
        self.sent = self.shed = 0

    @rule(tokens=st.integers(0, 150))
    def wait(self, tokens: int) -> None:
        self.now_ms += tokens * TOKEN_MS
        self.tokens = min(2 * PER_S, self.tokens + tokens)

    @rule(weight=st.sampled_from(Weight), times=st.integers(1, 20))
    def talk(self, weight: Weight, times: int) -> None:
        for _ in range(times):
            self.state, (event,) = comments.apply(self.state, KINDS[weight], self.now_ms)
            left = {Weight.ORDINARY: 30, Weight.IMPORTANT: 0, Weight.VITAL: -1}[weight]
            if self.tokens - 1 >= left:
                assert isinstance(event, CommentSent)
                self.tokens = max(0, self.tokens - 1)
                self.sent += 1
            else:
                self.shed += 1
                assert event == CommentsShed(total=self.shed)

    @invariant()
    def agrees(self) -> None:
        assert (self.state.sent_total, self.state.shed_total) == (self.sent, self.shed)
        assert 0 <= self.state.tokens <= 2 * PER_S


Flood.TestCase.settings = MACHINE
TestFlood = Flood.TestCase
