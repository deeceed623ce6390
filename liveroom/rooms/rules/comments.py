"""Comments: cleaned, quoted, and sampled by class when more are written than people can read.

Promise (L9): staff is always shown; questions have a share of their own beside what else is said, which a
flood of question marks can use up and not go beyond; comments to the host and of viewers with a level come next, small
talk is thinned out first; what was thinned out is counted and told.
"""

from __future__ import annotations

import math
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
from liveroom.rooms.rules.under_topic import Under

BURST_S = 2
"""A quiet room saves up this many seconds of its readable rate."""

RESERVE = 0.3
"""Share of the bucket that small talk leaves to important comments."""

IMPORTANT_LEVEL = 10

QUESTION_SHARE = 0.2
"""Questions above what is readable that are shown all the same, as a share of the readable rate."""

WHOLE = 1 - 1e-6
"""A token, less what adding up fractions of it may lack."""

QUESTION_GAP_MS = 10_000
"""One person uses that share once in this time; more questions of theirs are comments like others."""


class Weight(IntEnum):
    """What a comment is worth under a flood; a question has its share beside that."""

    ORDINARY = 0
    IMPORTANT = 1
    VITAL = 2


class Comments(NamedTuple):
    """The state: a bucket of `tokens` refilled at `per_s` (0: never sample), the one with the `share` of questions, and
    the totals."""

    per_s: int
    host_id: str
    tokens: float
    share: float
    at_ms: int
    sent_total: int = 0
    shed_total: int = 0


class PostComment(NamedTuple):
    """Say something. `comment_id` is new; `reply_to` and `mentions` are already looked up; `asks`: a question of
    theirs has a share in what questions get (`may_ask`); `under`: the topic it belongs to."""

    comment_id: str
    author: Author
    text: str
    reply_to: Quote | None = None
    mentions: tuple[Person, ...] = ()
    asks: bool = True
    under: Under | None = None


def start(settings: RoomSettings, host_id: str, now_ms: int) -> Comments:
    """A room in which nobody has spoken yet."""
    burst = float(settings.comments_per_s * BURST_S)
    return Comments(settings.comments_per_s, host_id, burst, max(1.0, burst * QUESTION_SHARE), now_ms)


def divide(state: Comments, per_s: int, here: int, everywhere: int) -> Comments:
    """Give a node its part of what people can read, `per_s` in the whole room: as large as its part of the viewers.

    Args:
        here: viewers on this node.
        everywhere: viewers on all nodes, as last told; fewer than here when it is old.
    """
    if not per_s:
        return state
    part = here / everywhere if everywhere > here else 1.0
    return state._replace(per_s=max(1, math.ceil(per_s * part)))


def may_ask(asked_at_ms: int, now_ms: int) -> bool:
    """Whether a question of somebody who asked last at `asked_at_ms` has a share in what questions get."""
    return not 0 <= now_ms - asked_at_ms < QUESTION_GAP_MS


def apply(
    state: Comments, command: PostComment, now_ms: int
) -> tuple[Comments, tuple[CommentSent] | tuple[CommentsShed]]:
    """Show a comment or sample it out; the event says which.

    Raises:
        Refusal: `invalid_field` when nothing visible or too much is left of the text.
    """
    text = _read(command)
    question = looks_like_question(text)
    per_s, host_id, tokens, share, at_ms, sent_total, shed_total = state
    if per_s:
        burst = per_s * BURST_S
        tokens = refill(tokens, at_ms, now_ms, per_s, burst)
        share = refill(share, at_ms, now_ms, per_s * QUESTION_SHARE, max(1.0, burst * QUESTION_SHARE))
        at_ms = now_ms
        weight = weigh(command, host_id)
        floor = burst * RESERVE if weight is Weight.ORDINARY else 0
        if tokens - 1 >= floor or weight is Weight.VITAL:
            tokens = max(0.0, tokens - 1)
        elif question and command.asks and share >= WHOLE:
            share = max(0.0, share - 1)
        else:
            shed = CommentsShed(total=shed_total + 1)
            return Comments(per_s, host_id, tokens, share, at_ms, sent_total, shed_total + 1), (shed,)
    sent = _compose(command, text, question)
    return Comments(per_s, host_id, tokens, share, at_ms, sent_total + 1, shed_total), (sent,)


def compose(command: PostComment) -> CommentSent:
    """A comment as it would be shown, outside of the count and the sampling.

    Raises:
        Refusal: as `apply`.
    """
    text = _read(command)
    return _compose(command, text, looks_like_question(text))


def weigh(command: PostComment, host_id: str) -> Weight:
    """The class of a comment, whether it is a question or not."""
    author = command.author
    if author.role is not Role.VIEWER and author.role is not Role.GUEST:
        return Weight.VITAL
    if author.level >= IMPORTANT_LEVEL or any(person.id == host_id for person in command.mentions):
        return Weight.IMPORTANT
    return Weight.ORDINARY


def quote(comment_id: str, name: str, text: str) -> Quote:
    """A comment as it is quoted in an answer: on one line, cut to what fits."""
    return Quote(id=comment_id, name=name, text=shorten(text.replace("\n", " "), SNIPPET_CHARS))


def _read(command: PostComment) -> str:
    text = normalise(command.text)
    if not text or len(text) > COMMENT_CHARS:
        raise _refuse(text)
    return text


def _compose(command: PostComment, text: str, question: bool) -> CommentSent:
    under = command.under
    return CommentSent(
        id=command.comment_id,
        by=command.author,
        text=text,
        reply_to=command.reply_to,
        mentions=command.mentions,
        question=question or None,
        topic=under.topic if under is not None else None,
        opinion=under.opinion if under is not None else None,
    )


def _refuse(text: str) -> Refusal:
    if not text:
        return Refusal(ErrorCode.INVALID_FIELD, "the comment has no visible character", field="text")
    fact = f"the comment has {len(text)} characters, {COMMENT_CHARS} are possible"
    return Refusal(ErrorCode.INVALID_FIELD, fact, field="text")
