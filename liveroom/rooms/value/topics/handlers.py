"""From commands about topics to the keeper of their documents."""

from __future__ import annotations

import logging
from typing import cast

from liveroom.realtime.catalogue import Model
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.ledger import Answer
from liveroom.rooms.machines import Keeper
from liveroom.rooms.machines.once import make_id
from liveroom.rooms.messages import topic as messages
from liveroom.rooms.options.switch import require_on
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.topic_state import OPEN, Close, Hide, TopicState
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.value.opening import answer_once, length_ms, open_once, require_here
from liveroom.rooms.value.topics.listening import PART, TopicListener
from liveroom.rooms.value.topics.topic_machine import KIND, TOPIC, Ask

logger = logging.getLogger(__name__)


class TopicHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper, listener: TopicListener) -> None:
        self._keeper = keeper
        self._listener = listener

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        return {"topic.set": self.set, "topic.close": self.change, "topic.hide": self.change}

    async def set(self, room: Room, request: Request, now_ms: int) -> Answer | Model:
        """`topic.set`: it is opened, then those that were open are closed."""
        lifecycle.require_open(room.document)
        require_on(room.scene.topics, room.scene.name, "topics")
        draft = _draft(room, request, now_ms)
        cause = Cause(request.identity.user_id, "topic.set")
        before = [view["id"] for view in room.snapshot.parts.get(PART, {}).values() if view["status"] == OPEN.value]
        state, is_repeat = await open_once(self._keeper, TOPIC, draft, Ask(draft), cause)
        for topic_id in before:
            if topic_id != state.id and not is_repeat:
                await self._close(topic_id, cause)
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

    async def _close(self, topic_id: str, cause: Cause) -> None:
        try:
            await self._listener.flush()
            await self._keeper.carry_out(TOPIC, topic_id, Close({}, self._listener.said(topic_id)), cause)
        except RealtimeError as error:
            # The new one is open; comments go under it, and the old one closes by its time.
            logger.warning("a topic was not closed by the next one: %s", error.message)


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
