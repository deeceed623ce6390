"""`comment.send`: may they, what is in it, and then what becomes of it: shown, sampled out, shown to its author alone,
or held for the staff."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import orjson

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.attendance import AUDIENCE, Viewer
from liveroom.rooms.errors import Refusal
from liveroom.rooms.means import Means, new_id
from liveroom.rooms.messages import comment
from liveroom.rooms.moderation.screen import Reason, Ruling
from liveroom.rooms.moderation.words import Action
from liveroom.rooms.requests import Decided, Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import comments, lifecycle, snapshot, talk
from liveroom.rooms.rules.comments import PostComment
from liveroom.rooms.rules.traits import Traits


def send_comment(means: Means, room: Room, request: Request, now_ms: int) -> Decided | Awaitable[Decided]:
    """`comment.send`"""
    lifecycle.require_open(room.document)
    said = cast(comment.SendComment, request.data)
    viewer = room.attendance.viewers.get(request.identity.user_id)
    speaker = viewer.traits if viewer else room.traits_of(request.identity)
    room.talk.admit(speaker, now_ms)
    ruling = _rule(room, speaker, said.text)
    if ruling.action is Action.BLOCK:
        what = "such words" if ruling.reason is Reason.WORDS else "links and contact details"
        text = f"{what} are not allowed here"
        raise Refusal(ErrorCode.TEXT_REFUSED, text, field="text", reason=ruling.reason or "")
    post = PostComment(
        new_id("c"),
        viewer.author if viewer else speaker.author(),
        ruling.text,
        snapshot.quote(room.snapshot, said.reply_to) if said.reply_to else None,
        room.attendance.people(said.mentions) if said.mentions else (),
        asks=viewer is not None and comments.may_ask(viewer.asked_at_ms, now_ms),
    )
    if ruling.action is Action.SHADOW or room.talk.shadows(speaker.user_id, speaker.role, now_ms):
        return _pretend(room, post)
    return _show(means, room, request, viewer, post, now_ms)


def _rule(room: Room, speaker: Traits, text: str) -> Ruling:
    """What becomes of the text; whatever staff writes is shown."""
    if speaker.role not in AUDIENCE:
        return Ruling(None, text)
    ruling = room.talk.screen.rule(text)
    if talk.waits(room.talk.rules, speaker.role) and ruling.action in (None, Action.MASK):
        return ruling._replace(action=Action.HOLD, reason=Reason.ALL)
    return ruling


def _take_part(room: Room) -> None:
    """What people can read is one for all nodes of a room; this node has a part of it."""
    counted = room.fanout.values.get("audience.counted")
    if counted is not None:
        everywhere = orjson.loads(counted).get("viewers", 0)
        per_s, here = room.document.settings.comments_per_s, room.attendance.audience.viewers
        room.comments = comments.divide(room.comments, per_s, here, everywhere)


def _show(means: Means, room: Room, request: Request, viewer: Viewer | None, post: PostComment, now_ms: int) -> Decided:
    user_id, identity = post.author.id, request.identity
    said = cast(comment.SendComment, request.data).text
    _take_part(room)
    room.comments, (event,) = comments.apply(room.comments, post, now_ms)
    shed = isinstance(event, comment.CommentsShed)
    if viewer is not None and post.asks and isinstance(event, comment.CommentSent) and event.question:
        viewer.asked_at_ms = now_ms

    def count() -> None:
        room.act(user_id, now_ms)
        means.areas.commented(room, identity, said, now_ms)
        room.tally.comments += not shed

    ack = comment.CommentAck(comment_id=post.comment_id, shed=shed)
    return Decided(() if shed else (event,), ack, count)


def _pretend(room: Room, post: PostComment) -> Decided:
    """Its author alone hears it, and is answered like everybody."""
    sent = comments.compose(post)

    def echo() -> None:
        room.outbox.privates.append((Target(user_id=sent.by.id), sent))

    ack = comment.CommentAck(comment_id=sent.id)
    return Decided((), ack, echo, pretended=room.fanout.position)
