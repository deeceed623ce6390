"""From commands about topics to the keeper of their documents."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from liveroom.realtime.catalogue import Model
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.ledger import Answer
from liveroom.rooms.machines import Keeper, read_state
from liveroom.rooms.machines.once import make_id
from liveroom.rooms.messages import topic as messages
from liveroom.rooms.options.switch import require_on
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.topic_state import OPEN, Close, Hide, TopicState
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.room_documents import RoomDocuments
from liveroom.rooms.value.opening import answer_once, length_ms, open_once, require_here
from liveroom.rooms.value.topics.listening import TopicListener
from liveroom.rooms.value.topics.topic_machine import KIND, TOPIC, Ask

logger = logging.getLogger(__name__)


class TopicHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper, of_room: RoomDocuments, listener: TopicListener) -> None:
        self._keeper = keeper
        self._of_room = of_room
        self._listener = listener

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        return {"topic.set": self.set, "topic.close": self.change, "topic.hide": self.change}

    async def set(self, room: Room, request: Request, now_ms: int) -> Answer | Model:
        """`topic.set`: it is opened, then all that were set before it are closed."""
        lifecycle.require_open(room.document)
        require_on(room.scene.topics, room.scene.name, "topics")
        draft = _open_after(await self._list_open(room.id), _draft(room, request, now_ms))
        cause = Cause(request.identity.user_id, "topic.set")
        state, is_repeat = await open_once(self._keeper, TOPIC, draft, Ask(draft), cause)
        # Another one may have been set in the same moment. Whoever looks last sees all, and all agree which one stays.
        for each in sorted(await self._list_open(room.id), key=_rank)[:-1]:
            closed = await self._close(each.id, cause)
            if closed is not None and closed.id == state.id:
                state = closed
        return answer_once(messages.TopicAck(topic=state.view()), is_repeat)

    async def change(self, room: Room, request: Request, now_ms: int) -> Model:
        """`topic.close`, `.hide`"""
        topic_id = cast(messages.OfTopic, request.data).topic
        await require_here(self._keeper, TOPIC, topic_id, room)
        command: Close | Hide = Hide()
        if isinstance(request.data, messages.CloseTopic):
            await self._listener.flush()
            command = Close({}, self._listener.said(topic_id))
        cause = Cause(request.identity.user_id, request.declared.name)
        state = await self._keeper.carry_out(TOPIC, topic_id, command, cause)
        return messages.TopicAck(topic=state.view())

    async def _list_open(self, room: str) -> Sequence[TopicState]:
        states = [read_state(TOPIC, document) for document in await self._of_room.list_pending(KIND, room)]
        return [state for state in states if state.status is OPEN]

    async def _close(self, topic_id: str, cause: Cause) -> TopicState | None:
        try:
            await self._listener.flush()
            return await self._keeper.carry_out(TOPIC, topic_id, Close({}, self._listener.said(topic_id)), cause)
        except RealtimeError as error:
            # The new one is open; comments go under it, and the old one closes by its time.
            logger.warning("a topic was not closed by the next one: %s", error.message)
            return None


def _rank(state: TopicState) -> tuple[int, str]:
    return state.opened_at_ms, state.id


def _open_after(others: Sequence[TopicState], draft: TopicState) -> TopicState:
    """It is the newest, also by the clock of another node that is ahead of this one."""
    late_ms = max((each.opened_at_ms + 1 - draft.opened_at_ms for each in others), default=0)
    if late_ms <= 0:
        return draft
    return replace(draft, opened_at_ms=draft.opened_at_ms + late_ms, ends_at_ms=draft.ends_at_ms + late_ms)


def _draft(room: Room, request: Request, now_ms: int) -> TopicState:
    wanted = cast(messages.SetTopic, request.data)
    options = room.scene.topics
    user_id = request.identity.user_id
    return TopicState(
        id=make_id(KIND[0], room.id, user_id, request.key or ""),
        room=room.id,
        by=user_id,
        status=OPEN,
        text=wanted.text,
        opinions=wanted.opinions,
        opened_at_ms=now_ms,
        ends_at_ms=now_ms + length_ms(options, wanted.lasts_s),
        result_ms=options.result_s * 1000,
    )
