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


def make_comment(
    text: str = "好看", role: Role = Role.VIEWER, level: int = 0, to_host: bool = False, asks: bool = True
) -> PostComment:
    return PostComment("c_1", make_author(role=role, level=level), text, None, TO_HOST if to_host else (), asks)


def make_state(tokens: float, per_s: int = 10, share: float = 0.0) -> Comments:
    return Comments(per_s, HOST.id, tokens, share, NOW)


def is_shown(state: Comments, comment: PostComment) -> bool:
    _, (event,) = comments.apply(state, comment, NOW)
    return isinstance(event, CommentSent)


@pytest.mark.parametrize(
    ("per_s", "here", "everywhere", "part"),
    [(50, 100, 100, 50), (50, 100, 90, 50), (50, 25, 100, 13), (50, 0, 100, 1), (50, 0, 0, 50), (0, 1, 100, 0)],
)
def test_a_node_has_a_part_as_large_as_its_part_of_the_viewers(
    per_s: int, here: int, everywhere: int, part: int
) -> None:
    """Never nothing; all of it where the sum is older than what this node knows; 0 is never sampled."""
    state = comments.start(RoomSettings(comments_per_s=per_s), HOST.id, NOW)
    assert comments.divide(state, per_s, here, everywhere).per_s == part


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
        (make_comment("有黑色吗"), 7.0),
        (make_comment("any left?", level=10), 1.0),
        (make_comment(role=Role.HOST), 0.0),
        (make_comment(role=Role.MODERATOR), 0.0),
        (make_comment(role=Role.OPERATOR), 0.0),
        (make_comment(role=Role.SERVICE), 0.0),
    ],
)
def test_small_talk_goes_first_then_the_important_and_never_staff(comment: PostComment, least_tokens: float) -> None:
    assert is_shown(make_state(least_tokens), comment)
    if least_tokens:
        assert not is_shown(make_state(least_tokens - 0.01), comment)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GUEST])
def test_a_question_that_is_above_what_is_readable_is_shown_from_the_share_of_questions(role: Role) -> None:
    state, (event,) = comments.apply(make_state(0, share=1.5), make_comment("有黑色吗", role), NOW)
    assert isinstance(event, CommentSent)
    assert (event.question, state.share, state.tokens) == (True, 0.5, 0)
    assert not is_shown(state, make_comment("有黑色吗", role)), "less than one is left"
    assert not is_shown(make_state(0, share=1.5), make_comment("好看", role)), "no question"
    assert not is_shown(make_state(0, share=1.5), make_comment("有黑色吗", role, asks=False)), "asked just now"


def test_a_question_that_fits_into_what_is_readable_leaves_the_share_alone() -> None:
    state, _ = comments.apply(make_state(10, share=1), make_comment("有黑色吗"), NOW)
    assert (state.tokens, state.share) == (9, 1)


def test_a_flood_of_question_marks_is_cut_to_the_readable_rate_and_the_share_of_questions() -> None:
    state = comments.start(RoomSettings(comments_per_s=50), HOST.id, NOW)
    for tenth in range(100):
        for _ in range(100):
            state, _ = comments.apply(state, make_comment("?"), NOW + tenth * 100)
    assert state.sent_total == pytest.approx((50 + 10) * 10 + 70 + 20, abs=8)


def test_even_a_room_of_one_comment_a_second_has_a_share_of_one_question() -> None:
    state = comments.start(RoomSettings(comments_per_s=1), HOST.id, NOW)
    asked = [comments.apply(state._replace(tokens=0), make_comment("?"), NOW)[1][0]]
    assert isinstance(asked[0], CommentSent)


def test_one_person_has_a_share_once_in_ten_seconds() -> None:
    assert not comments.may_ask(NOW, NOW + 9_999)
    assert comments.may_ask(NOW, NOW + 10_000)
    assert comments.may_ask(0, NOW), "who has not asked yet"


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


def test_a_clock_that_steps_back_neither_fills_nor_empties_and_goes_on_from_there() -> None:
    state, _ = comments.apply(make_state(10), make_comment(), NOW - 60_000)
    assert (state.tokens, state.at_ms) == (9, NOW - 60_000)


KINDS = {
    Weight.ORDINARY: make_comment(),
    Weight.IMPORTANT: make_comment(level=10),
    Weight.VITAL: make_comment(role=Role.HOST),
}
PER_S = 50
TOKEN_MS = 1000 // PER_S


class Flood(RuleBasedStateMachine):
    """The buckets against a naive model: one token each 20 ms, and a fifth of one for questions."""

    def __init__(self) -> None:
        super().__init__()
        self.state = comments.start(RoomSettings(comments_per_s=PER_S), HOST.id, NOW)
        self.now_ms = NOW
        self.tokens = 2 * PER_S
        self.fifths = 2 * PER_S
        self.sent = self.shed = 0

    @rule(tokens=st.integers(0, 150))
    def wait(self, tokens: int) -> None:
        self.now_ms += tokens * TOKEN_MS
        self.tokens = min(2 * PER_S, self.tokens + tokens)
        self.fifths = min(2 * PER_S, self.fifths + tokens)

    @rule(weight=st.sampled_from(Weight), times=st.integers(1, 20), asks=st.booleans())
    def talk(self, weight: Weight, times: int, asks: bool) -> None:
        comment = KINDS[weight]._replace(text="?") if asks else KINDS[weight]
        for _ in range(times):
            self.state, (event,) = comments.apply(self.state, comment, self.now_ms)
            left = {Weight.ORDINARY: 30, Weight.IMPORTANT: 0, Weight.VITAL: -1}[weight]
            if self.tokens - 1 >= left:
                assert isinstance(event, CommentSent)
                self.tokens = max(0, self.tokens - 1)
                self.sent += 1
            elif asks and self.fifths >= 5:
                assert isinstance(event, CommentSent)
                self.fifths -= 5
                self.sent += 1
            else:
                self.shed += 1
                assert event == CommentsShed(total=self.shed)

    @invariant()
    def agrees(self) -> None:
        assert (self.state.sent_total, self.state.shed_total) == (self.sent, self.shed)
        assert 0 <= self.state.tokens <= 2 * PER_S
        assert 0 <= self.state.share <= 2 * PER_S / 5


Flood.TestCase.settings = MACHINE
TestFlood = Flood.TestCase
