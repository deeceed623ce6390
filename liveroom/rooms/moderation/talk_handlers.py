"""Commands of the staff about talk: rules, pins, removals, words (L9, L10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages import talk as messages
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.words import AddWords, RemoveWords, WordsAck
from liveroom.rooms.moderation.orders import carry_out, order_of
from liveroom.rooms.moderation.removals import removal_message
from liveroom.rooms.moderation.talk_machine import TALK
from liveroom.rooms.moderation.word_machine import WORDS
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import talk_state, word_list
from liveroom.rooms.rules.redaction import find_comment
from liveroom.rooms.rules.sanctions import may_rule
from liveroom.rooms.storage.audit import Entry, audit_message
from liveroom.rooms.storage.outbox import Outbox


class TalkHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper, outbox: Outbox) -> None:
        self._keeper = keeper
        self._outbox = outbox

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers, for the desk."""
        return {
            "talk.set_rules": self.set_rules,
            "comment.pin": self.pin,
            "comment.unpin": self.unpin,
            "comment.remove": self.remove,
            "comment.remove_all": self.remove_all,
            "words.add": self.change_words,
            "words.remove": self.change_words,
        }

    async def set_rules(self, room: Room, request: Request, now_ms: int) -> messages.TalkAck:
        """`talk.set_rules`"""
        data = request.data
        changes = {name: value for name in type(data).model_fields if (value := getattr(data, name)) is not None}
        return await self._change(room, request, talk_state.SetRules(changes))

    async def pin(self, room: Room, request: Request, now_ms: int) -> messages.TalkAck:
        """`comment.pin`"""
        found = _find(room, cast(messages.PinComment, request.data).comment_id)
        comment = CommentSent.model_validate_json(orjson.dumps(found))
        pinned = messages.Pinned(comment=comment, by=request.identity.user_id, at=now_ms)
        return await self._change(room, request, talk_state.Pin(pinned))

    async def unpin(self, room: Room, request: Request, now_ms: int) -> messages.TalkAck:
        """`comment.unpin`"""
        return await self._change(room, request, talk_state.Unpin())

    async def remove(self, room: Room, request: Request, now_ms: int) -> None:
        """`comment.remove`"""
        comment_id = cast(messages.RemoveComment, request.data).comment_id
        found = _find(room, comment_id)
        author = found["by"]
        if author["id"] != request.identity.user_id:
            may_rule(request.identity.user_id, request.role, author["id"], Role(author["role"]))
        await self._change(room, request, talk_state.TakeBack((comment_id,)))
        facts = {"user_id": author["id"], "text": found["text"]}
        entry = Entry(now_ms, request.identity.user_id, request.role, request.declared.name, comment_id, facts)
        told = [audit_message(room.id, entry), removal_message(room.id, comment_id=comment_id)]
        await self._outbox.post(told, now_ms)

    async def remove_all(self, room: Room, request: Request, now_ms: int) -> None:
        """`comment.remove_all`"""
        user_id = cast(messages.RemoveComments, request.data).user_id
        if user_id != request.identity.user_id:
            may_rule(request.identity.user_id, request.role, user_id, room.role_of(user_id))
        await self._change(room, request, talk_state.TakeBack(user_id=user_id))
        entry = Entry(now_ms, request.identity.user_id, request.role, request.declared.name, user_id)
        await self._outbox.post([audit_message(room.id, entry), removal_message(room.id, user_id=user_id)], now_ms)

    async def change_words(self, room: Room, request: Request, now_ms: int) -> WordsAck:
        """`words.add`, `words.remove`"""
        data = request.data
        command: word_list.Command
        if isinstance(data, AddWords):
            command = word_list.Add(data.words, data.action)
        else:
            command = word_list.Remove(cast(RemoveWords, data).words)
        state = await carry_out(self._keeper, WORDS, order_of(room.id, request, command))
        return WordsAck(words=len(state.words))

    async def _change(self, room: Room, request: Request, command: talk_state.Command) -> messages.TalkAck:
        state = await carry_out(self._keeper, TALK, order_of(room.id, request, command))
        return messages.TalkAck(talk=state.view())


def _find(room: Room, comment_id: str) -> Mapping[str, Any]:
    """A comment of the history, or the one that is pinned.

    Raises:
        Refusal: `not_found`.
    """
    ring = room.fanout.ring
    found = find_comment(comment_id, ring.tail(ring.first_seq - 1) or ())
    if found is None and room.talk.pinned is not None and room.talk.pinned.id == comment_id:
        found = room.talk.pinned.model_dump(mode="json", exclude_none=True)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "this comment is no longer in the history", field="comment_id")
    return found
