"""Topics of a node: their parts, put together."""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.ledger import Decider
from liveroom.rooms.room import Room
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.storage.room_documents import RoomDocuments
from liveroom.rooms.value.topics.handlers import TopicHandlers
from liveroom.rooms.value.topics.listening import PART, TopicListener
from liveroom.rooms.value.topics.talk_decider import BUNCH, OPINION, TalkDecider
from liveroom.rooms.value.topics.topic_machine import TOPIC
from liveroom.rooms.value.topics.topics import Topics
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_topic_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of topics, by the kind of fact they rule on."""
    return {OPINION: TalkDecider(), BUNCH: TalkDecider()}


class TopicArea(Area):
    """See the module."""

    machines = (TOPIC,)

    def __init__(self, means: AreaMeans) -> None:
        storage = means.storage
        self.all = Topics(storage.database, storage.documents, means.boards, means.clock)
        self.listener = TopicListener(storage.ledger, means.clock)
        self.handlers = TopicHandlers(means.keeper, RoomDocuments(storage.database), self.listener).by_command()

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        return {PART: await self.all.load_shown(room)}

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """What is said about the open topic is counted."""
        self.listener.hear(room, identity, spoken)

    async def stop(self) -> None:
        """Count the rest, and end."""
        await self.listener.stop()
