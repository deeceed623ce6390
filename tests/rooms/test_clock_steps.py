"""Whatever the wall clock does, what has a rate or a rhythm flows again after one interval of real time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.like import LikesCounted
from liveroom.rooms.messages.people import Author
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules import audience, comments, likes
from liveroom.rooms.rules.repeats import TELL_MS, Repeats
from liveroom.rooms.rules.rhythm import next_turn
from tests.rooms.builders import HOST, NOW

HOUR_MS = 3_600_000
SAID = comments.PostComment("c1", Author(id="ann", name="Ann", role=Role.VIEWER), "hi")
WALKS = st.lists(st.integers(-24 * HOUR_MS, 24 * HOUR_MS), min_size=1, max_size=20)
"""How the clock moves from one look to the next."""


@given(WALKS)
def test_comments_are_shown_again_after_the_burst_has_filled_up(moves: list[int]) -> None:
    state, now_ms = comments.start(RoomSettings(comments_per_s=5), HOST.id, NOW), NOW
    for move_ms in moves:
        now_ms += move_ms
        for _ in range(20):
            state, _ = comments.apply(state, SAID, now_ms)
    shown = state.sent_total
    for _ in range(5):
        state, _ = comments.apply(state, SAID, now_ms + comments.BURST_S * 1_000)
    assert state.sent_total - shown == 5


@given(WALKS)
def test_totals_are_due_within_their_rhythm(moves: list[int]) -> None:
    now_ms = NOW
    liked, seen, repeats = likes.Likes(), audience.Audience(), Repeats()
    for number, move_ms in enumerate(moves, 1):
        now_ms += move_ms
        liked = likes.told(likes.add(liked, 1), LikesCounted(total=number), now_ms)
        seen, _ = audience.publication(seen._replace(viewers=number), now_ms)
        repeats.take(now_ms)
        repeats.count("k", "c", now_ms)
    liked, seen = likes.add(liked, 1), seen._replace(viewers=0)
    for wish_ms in (0, moves[-1]):
        at_ms = now_ms - wish_ms
        due_ms = likes.due_at(liked, at_ms)
        assert due_ms is not None
        assert due_ms - at_ms <= likes.PUBLISH_EVERY_MS
        due_ms = audience.due_at(seen, at_ms)
        assert due_ms is not None
        assert due_ms - at_ms <= audience.CALM_MS
    assert repeats.take(now_ms + TELL_MS) or repeats.due_ms is None


def test_what_was_told_at_a_time_to_come_is_due_now() -> None:
    assert next_turn(NOW + HOUR_MS, NOW, 200) == NOW
    assert next_turn(NOW, NOW, 200) == NOW + 200


def test_a_question_has_its_share_though_the_last_one_was_asked_at_a_time_to_come() -> None:
    assert comments.may_ask(NOW + HOUR_MS, NOW)


def test_words_that_were_counted_at_a_time_to_come_are_told() -> None:
    repeats = Repeats()
    repeats.count("k", "c", NOW + HOUR_MS)
    assert repeats.take(NOW) == {"c": 1}
