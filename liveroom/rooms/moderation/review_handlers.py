"""Decisions of the staff: about held comments, and about people who ask to be let in again (L10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages import review as messages
from liveroom.rooms.moderation.appeal_machine import APPEAL, appeal_id
from liveroom.rooms.moderation.held_machine import HELD
from liveroom.rooms.moderation.lifting import BanLifter
from liveroom.rooms.moderation.orders import order_of
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import appeals
from liveroom.rooms.rules.appeals import Decide, Deny, Grant
from liveroom.rooms.rules.held import Publish, Refuse
from liveroom.rooms.storage.documents import Cause


class ReviewHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper, lifter: BanLifter) -> None:
        self._keeper = keeper
        self._lifter = lifter

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers, for the desk."""
        return {"comment.review": self.review, "appeal.decide": self.decide}

    async def review(self, room: Room, request: Request, now_ms: int) -> messages.ReviewAck:
        """`comment.review`"""
        wanted = cast(messages.ReviewComment, request.data)
        who = request.identity.user_id
        order = order_of(room.id, request, Publish(who) if wanted.publish else Refuse(who))
        state = await self._keeper.carry_out(HELD, wanted.comment_id, order, Cause(who, request.declared.name))
        return messages.ReviewAck(verdict=state.verdict)

    async def decide(self, room: Room, request: Request, now_ms: int) -> messages.AppealAck:
        """`appeal.decide`: the ban is lifted first, so that who is told so can come in.

        A decision that is refused, or was made already, lifts nothing: they may have been banned again since.
        """
        wanted = cast(messages.DecideAppeal, request.data)
        who = request.identity.user_id
        decision: Decide = Grant(who) if wanted.grant else Deny(who)
        document_id = appeal_id(room.id, wanted.user_id)
        asked = await self._keeper.load(APPEAL, document_id)
        if appeals.apply(asked, decision, now_ms) is not asked and wanted.grant:
            await self._lifter.lift(room, request, wanted.user_id, now_ms)
            await self._lifter.tell(room)
        order = order_of(room.id, request, decision)
        state = await self._keeper.carry_out(APPEAL, document_id, order, Cause(who, request.declared.name))
        return messages.AppealAck(appeal=state.view())
