"""`comment.send`: may they, what is in it, and then what becomes of it.

It is shown, sampled out, counted with the same words of others, shown to its author alone, or held for the staff. Where
the app has a judge of its own, it is asked after the word lists. While it judges, and while the database takes what is
held, the room goes on.
"""

from __future__ import annotations

from functools import partial
from typing import cast

import orjson

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Spoken
from liveroom.rooms.attendance import AUDIENCE, Viewer
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines.once import make_id
from liveroom.rooms.means import Means, new_id
from liveroom.rooms.messages import comment
from liveroom.rooms.messages.talk import Fallback
from liveroom.rooms.moderation.screen import Reason, Ruling
from liveroom.rooms.moderation.words import Action
from liveroom.rooms.requests import Decided, Deferred, Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import comments, lifecycle, repeats, snapshot, talk, under_topic
from liveroom.rooms.rules.comments import PostComment
from liveroom.rooms.rules.questions import looks_like_question
from liveroom.rooms.rules.traits import Traits

REFUSED = {
    Reason.WORDS: "such words are not allowed here",
    Reason.CONTACT: "links and contact details are not allowed here",
}


def send_comment(means: Means, room: Room, request: Request, now_ms: int) -> Decided | Deferred:
    """`comment.send`"""
    if request.held:
        # It is stored: whatever has become of the room meanwhile, the answer is true.
        return _answer_held(room, request, now_ms)
    lifecycle.require_open(room.document)
    said = cast(comment.SendComment, request.data)
    viewer = room.attendance.viewers.get(request.identity.user_id)
    speaker = viewer.traits if viewer else room.traits_of(request.identity)
    room.talk.admit(speaker, now_ms)
    ruling = _rule(room, speaker, said.text, request.review)
    if ruling.action is Action.BLOCK:
        text = REFUSED.get(ruling.reason or Reason.ALL, "this is not allowed here")
        raise Refusal(ErrorCode.TEXT_REFUSED, text, field="text", reason=ruling.reason or "")
    is_judged = room.talk.reviewer is not None and speaker.role in AUDIENCE
    request.made_id = request.made_id or _make_id(room, request, is_judged=is_judged)
    post = PostComment(
        request.made_id,
        viewer.author if viewer else speaker.author(),
        ruling.text,
        snapshot.quote(room.snapshot, said.reply_to) if said.reply_to else None,
        room.attendance.people(said.mentions) if said.mentions else (),
        asks=viewer is not None and _may_ask(viewer, request.key, now_ms),
        under=under_topic.group(room.snapshot.parts.get("topics", {}), said.topic, ruling.text),
    )
    if ruling.action is Action.SHADOW or room.talk.shadows(speaker.user_id, speaker.role, now_ms):
        return _pretend(room, post)
    if is_judged and request.review is None:
        return Deferred(partial(_review, room, comments.compose(post)))
    if ruling.action is Action.HOLD:
        if room.talk.holder is not None and request.held is None:
            return Deferred(partial(_hold, room, comments.compose(_kept(room, request, post)), ruling, now_ms))
        if room.talk.rules.hold_fallback is not Fallback.PUBLISH:
            text = "too many comments wait for the staff; try again later"
            raise Refusal(ErrorCode.OVERLOADED, text, room=room.id)
    return _show(means, room, request, viewer, post, now_ms)


def _rule(room: Room, speaker: Traits, text: str, review: Ruling | None) -> Ruling:
    """What becomes of the text; whatever staff writes is shown."""
    if speaker.role not in AUDIENCE:
        return Ruling(None, text)
    ruling = room.talk.screen.rule(text)
    if ruling.action not in (None, Action.MASK):
        return ruling
    if review is not None and review.action is not None:
        return ruling._replace(action=review.action, reason=review.reason)
    if talk.waits(room.talk.rules, speaker.role):
        return ruling._replace(action=Action.HOLD, reason=Reason.ALL)
    return ruling


def _take_part(room: Room) -> None:
    """What people can read is one for all nodes of a room; this node has a part of it."""
    counted = room.fanout.values.get("audience")
    if counted is not None:
        everywhere = orjson.loads(counted).get("viewers", 0)
        per_s, here = room.document.settings.comments_per_s, room.attendance.audience.viewers
        room.comments = comments.divide(room.comments, per_s, here, everywhere)


def _show(means: Means, room: Room, request: Request, viewer: Viewer | None, post: PostComment, now_ms: int) -> Decided:
    user_id, identity = post.author.id, request.identity
    spoken = _spoken(request, post)
    fold_ms = room.talk.rules.fold_s * 1000
    key = repeats.key_of(post.text) if fold_ms and _may_fold(post) else None
    first = room.repeats.find(key, fold_ms, now_ms) if key is not None else None
    if key is not None and first is not None:
        return _fold(means, room, identity, spoken, key, first, now_ms)
    _take_part(room)
    room.comments, (event,) = comments.apply(room.comments, post, now_ms)
    shed = isinstance(event, comment.CommentsShed)
    if key is not None and not shed:
        room.repeats.expect(key, post.comment_id)
    if viewer is not None and post.asks and isinstance(event, comment.CommentSent) and event.question:
        viewer.asked_at_ms, viewer.asked_key = now_ms, request.key

    def count() -> None:
        room.act(user_id, now_ms)
        means.areas.commented(room, identity, spoken, now_ms)
        room.tally.comments += not shed
        room.shed_total += shed
        if key is not None and not shed:
            room.repeats.note(key, post.comment_id, fold_ms, now_ms)

    ack = comment.CommentAck(comment_id=post.comment_id, shed=shed)
    return Decided(() if shed else (event,), ack, count)


def _may_ask(viewer: Viewer, key: str | None, now_ms: int) -> bool:
    # What comes again under its key could not be told the first time, or it would have been found.
    return comments.may_ask(viewer.asked_at_ms, now_ms) or (key is not None and key == viewer.asked_key)


def _may_fold(post: PostComment) -> bool:
    """Whether a comment may be counted with others: not what is addressed to somebody or wants an answer."""
    is_addressed = post.reply_to is not None or bool(post.mentions)
    return post.author.role in AUDIENCE and not is_addressed and not looks_like_question(post.text)


def _spoken(request: Request, post: PostComment) -> Spoken:
    said = cast(comment.SendComment, request.data)
    return Spoken(said.text, post.text, post.under, said.reply_to)


def _fold(means: Means, room: Room, identity: Identity, spoken: Spoken, key: str, first: str, now_ms: int) -> Decided:
    def count() -> None:
        room.act(identity.user_id, now_ms)
        means.areas.commented(room, identity, spoken, now_ms)
        room.tally.comments += 1
        room.repeats.count(key, first, now_ms)

    return Decided((), comment.CommentAck(comment_id=first, folded=True), count, pretended=room.fanout.position)


def _make_id(room: Room, request: Request, *, is_judged: bool) -> str:
    """The id of a comment; what is judged has the same one in a repeat, for the judge and for what may be held then."""
    return new_id("c") if request.key is None or not is_judged else _id_by_key(room, request, request.key)


def _kept(room: Room, request: Request, post: PostComment) -> PostComment:
    # The answer may be lost after it is kept, and a repeat is to find it.
    return post if request.key is None else post._replace(comment_id=_id_by_key(room, request, request.key))


def _id_by_key(room: Room, request: Request, key: str) -> str:
    return make_id("c", room.id, request.identity.user_id, key)


async def _review(room: Room, sent: comment.CommentSent, request: Request) -> None:
    if room.talk.reviewer is not None:
        request.review = await room.talk.reviewer.review(room.id, sent)


async def _hold(room: Room, sent: comment.CommentSent, ruling: Ruling, now_ms: int, request: Request) -> None:
    holder = room.talk.holder
    request.held = holder is not None and await holder.hold(room, sent, ruling, now_ms)
    if request.held:
        request.made_id = sent.id


def _answer_held(room: Room, request: Request, now_ms: int) -> Decided:
    user_id, comment_id = request.identity.user_id, request.made_id or ""
    return Decided((), comment.CommentAck(comment_id=comment_id, held=True), lambda: room.act(user_id, now_ms))


def _pretend(room: Room, post: PostComment) -> Decided:
    """Its author alone hears it, and is answered like everybody."""
    sent = comments.compose(post)

    def echo() -> None:
        room.outbox.privates.append((Target(user_id=sent.by.id), sent))

    ack = comment.CommentAck(comment_id=sent.id)
    return Decided((), ack, echo, pretended=room.fanout.position)
