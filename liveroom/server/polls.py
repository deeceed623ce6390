"""Polls of a node: their parts, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Area
from liveroom.rooms.ledger import Decider
from liveroom.rooms.messages.poll import VOTERS
from liveroom.rooms.room import Room
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.value.polls.handlers import PART, PollHandlers
from liveroom.rooms.value.polls.poll_machine import POLL
from liveroom.rooms.value.polls.polls import Polls
from liveroom.rooms.value.polls.vote_decider import VOTE, VoteDecider
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_poll_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of polls, by the kind of fact they rule on."""
    return {VOTE: VoteDecider(settings.dialect)}


class PollArea(Area):
    """See the module."""

    machines = (POLL,)

    def __init__(self, means: AreaMeans) -> None:
        self.all = Polls(means.storage.database, means.storage.documents, means.boards)
        self.handlers = PollHandlers(means.keeper).by_command()

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        return {PART: await self.all.load_shown(room)}

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """The viewer's own votes in what is shown."""
        shown = room.snapshot.parts.get(PART)
        if not shown or identity.role_in(room.id) not in VOTERS:
            return None
        return self._fetch(tuple(shown), identity.user_id)

    async def _fetch(self, poll_ids: tuple[str, ...], user_id: str) -> Mapping[str, object]:
        votes = await self.all.find_votes(poll_ids, user_id)
        return {"votes": votes} if votes else {}
