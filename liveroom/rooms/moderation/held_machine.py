"""Held comments as documents, with what is told and filed of each; and how one is held."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal, key_conflict
from liveroom.rooms.machines import Elapse, Keeper, Machine, Step
from liveroom.rooms.machines.contract import ForRoom, ForSome
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.review import MAX_FOUND, CommentHeld, CommentReviewed, Verdict
from liveroom.rooms.moderation.orders import Order
from liveroom.rooms.moderation.screen import Reason, Ruling
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules import held
from liveroom.rooms.rules.held import Held, Review
from liveroom.rooms.storage.audit import Entry, audit_message
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.open_documents import OpenDocuments

KIND = "held_comment"
MOST_HELD = 200
"""Comments of a room that wait at the same time."""
HOLD_S = 5.0
"""Longest time to hold one, its turn included."""
RETRY_MS = 500
STAFF = Target(roles=STAFF_ROLES)


class Hold(NamedTuple):
    """The command that makes the document."""

    held: Held


def apply(state: Held | None, command: Hold | Order[Review] | Elapse, now_ms: int) -> Step[Held]:
    """See `Machine.apply`."""
    if isinstance(command, Hold):
        return Step(command.held, (ForSome(command.held.room, STAFF, CommentHeld(held=command.held.view())),))
    if state is None:
        raise TypeError("a comment that is not held cannot be reviewed")
    order = command if isinstance(command, Order) else None
    if order is not None and order.room != state.room:
        raise Refusal(ErrorCode.NOT_FOUND, "no such comment waits here", field="comment_id")
    after = held.apply(state, order.command if order else held.Elapse(), now_ms)
    if after is state:
        return Step(state)
    told: list[ForRoom | ForSome] = []
    if after.verdict is Verdict.PUBLISHED:
        told.append(ForRoom(after.room, after.comment))
    comment_id = after.comment.id
    told.append(ForSome(after.room, STAFF, CommentReviewed(comment_id=comment_id, verdict=after.verdict, by=after.by)))
    author = Target(user_id=after.comment.by.id)
    told.append(ForSome(after.room, author, CommentReviewed(comment_id=comment_id, verdict=after.verdict)))
    return Step(after, (*told, audit_message(after.room, _entry(after, order, now_ms))))


def _entry(after: Held, order: Order[Review] | None, now_ms: int) -> Entry:
    who, role = (order.who, order.role) if order is not None else ("clock", Role.SERVICE)
    facts = {"verdict": after.verdict.value, "user_id": after.comment.by.id, "text": after.comment.text}
    return Entry(now_ms, who, role, "comment.review", after.comment.id, facts)


HELD: Machine[Held] = Machine(KIND, TypeAdapter(Held), apply, due=held.due, room=lambda state: state.room)


class Holder:
    """Puts comments on hold, those of a room one after the other, since they are counted; bounded for each room."""

    def __init__(self, keeper: Keeper, documents: OpenDocuments) -> None:
        self._keeper = keeper
        self._documents = documents
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def hold(self, room: Room, comment: CommentSent, ruling: Ruling, now_ms: int) -> bool:
        """Hold a comment for the staff; a repeat is held already. False: too many wait.

        Raises:
            RealtimeError: the database did not do it now; `key_conflict`, this id has another one.
        """
        turn = self._turns.setdefault(room.id, asyncio.Lock())
        try:
            async with asyncio.timeout(HOLD_S), turn:
                return await self._hold(room, comment, ruling, now_ms)
        except TimeoutError:
            text = "the comment could not be kept in time; try again"
            raise RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_MS) from None

    async def _hold(self, room: Room, comment: CommentSent, ruling: Ruling, now_ms: int) -> bool:
        if await self._documents.count(KIND, room.id) >= MOST_HELD:
            return await self._is_held(comment)
        rules = room.talk.rules
        found = tuple(word[:MAX_FOUND] for word in ruling.found[:MAX_FOUND])
        state = Held(
            room.id, comment, ruling.reason or Reason.ALL, found, now_ms + rules.hold_s * 1000, rules.hold_fallback
        )
        try:
            await self._keeper.create(HELD, comment.id, Hold(state), Cause(comment.by.id, "comment.send"))
        except Refusal as refused:
            if refused.facts.get("state") != "exists":
                raise
            if not await self._is_held(comment):
                raise key_conflict() from None
        return True

    async def _is_held(self, comment: CommentSent) -> bool:
        known = await self._keeper.load(HELD, comment.id)
        return known is not None and (known.comment.by.id, known.comment.text) == (comment.by.id, comment.text)
