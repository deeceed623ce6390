"""Comments: cleaned, quoted, and sampled by class when more are written than people can read.

Promise (design §4.6, L9): staff and questions are always shown; comments to the host and of viewers with a level
come next, small talk is thinned out first; what was thinned out is counted and told.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import COMMENT_CHARS, SNIPPET_CHARS, CommentSent, CommentsShed, Quote
from liveroom.rooms.messages.people import Author, Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.rules.bucket import refill
from liveroom.rooms.rules.questions import looks_like_question
from liveroom.rooms.rules.text import normalise, shorten

BURST_S = 2
"""A quiet room saves up this many seconds of its readable rate."""

RESERVE = 0.3
"""Share of the bucket that small talk leaves to important comments."""

IMPORTANT_LEVEL = 10


class Weight(IntEnum):
    """What a comment is worth under a flood."""

    ORDINARY = 0
    IMPORTANT = 1
    VITAL = 2


class Comments(NamedTuple):
    """The state: a bucket of `tokens` refilled at `per_s` (0: never sample), and the totals."""

    per_s: int
    host_id: str
    tokens: float
    at_ms: int
    sent_total: int = 0
    shed_total: int = 0


class PostComment(NamedTuple):
    """Say something. `comment_id` is new; `reply_to` and `mentions` are already looked up."""

    comment_id: str
    author: Author
    text: str
    reply_to: Quote | None = None
    mentions: tuple[Person, ...] = ()


def start(settings: RoomSettings, host_id: str, now_ms: int) -> Comments:
    """A room in which nobody has spoken yet."""
    return Comments(settings.comments_per_s, host_id, float(settings.comments_per_s * BURST_S), now_ms)


def apply(
    state: Comments, command: PostComment, now_ms: int
) -> tuple[Comments, tuple[CommentSent] | tuple[CommentsShed]]:
    """Show a comment or sample it out; the event says which.

    Raises:
        Refusal: `invalid_field` when nothing visible or too much is left of the text.
    """
    text = normalise(command.text)
    if not text or len(text) > COMMENT_CHARS:
        raise _refuse(text)
    question = looks_like_question(text)
    per_s, host_id, tokens, at_ms, sent_total, shed_total = state
    if per_s:
        burst = per_s * BURST_S
        tokens = refill(tokens, at_ms, now_ms, per_s, burst)
        at_ms = max(at_ms, now_ms)
        weight = Weight.VITAL if question else weigh(command, host_id)
        floor = burst * RESERVE if weight is Weight.ORDINARY else 0
        if tokens - 1 < floor and weight is not Weight.VITAL:
            shed = CommentsShed(total=shed_total + 1)
            return Comments(per_s, host_id, tokens, at_ms, sent_total, shed_total + 1), (shed,)
        tokens = max(0.0, tokens - 1)
    sent = CommentSent(
        id=command.comment_id,
        by=command.author,
        text=text,
        reply_to=command.reply_to,
        mentions=command.mentions,
        question=question or None,
    )
    return Comments(per_s, host_id, tokens, at_ms, sent_total + 1, shed_total), (sent,)


def weigh(command: PostComment, host_id: str) -> Weight:
    """The class of a comment that is not a question (those are vital)."""
    author = command.author
    if author.role is not Role.VIEWER and author.role is not Role.GUEST:
        return Weight.VITAL
    if author.level >= IMPORTANT_LEVEL or any(person.id == host_id for person in command.mentions):
        return Weight.IMPORTANT
    return Weight.ORDINARY


def quote(comment_id: str, name: str, text: str) -> Quote:
    """A comment as it is quoted in an answer: on one line, cut to what fits."""
    return Quote(id=comment_id, name=name, text=shorten(text.replace("\n", " "), SNIPPET_CHARS))


def _refuse(text: str) -> Refusal:
    if not text:
        return Refusal(ErrorCode.INVALID_FIELD, "the comment has no visible character", field="text")
    fact = f"the comment has {len(text)} characters, {COMMENT_CHARS} are possible"
    return Refusal(ErrorCode.INVALID_FIELD, fact, field="text")
