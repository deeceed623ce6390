"""Lotteries of a node: their parts, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.ledger import Decider
from liveroom.rooms.messages.lottery import ENTRANTS
from liveroom.rooms.room import Room
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.value.lotteries.comment_entries import CommentEntries
from liveroom.rooms.value.lotteries.entry_decider import EntryDecider
from liveroom.rooms.value.lotteries.entry_rows import ENTER
from liveroom.rooms.value.lotteries.handlers import PART, LotteryHandlers
from liveroom.rooms.value.lotteries.lotteries import Lotteries
from liveroom.rooms.value.lotteries.lottery_machine import LOTTERY
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_lottery_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of lotteries, by the kind of fact they rule on."""
    return {ENTER: EntryDecider(settings.dialect)}


class LotteryArea(Area):
    """See the module."""

    machines = (LOTTERY,)

    def __init__(self, means: AreaMeans) -> None:
        storage = means.storage
        self.all = Lotteries(storage.database, storage.documents, means.boards)
        self.by_comment = CommentEntries(storage.ledger, means.hub.backplane, means.clock)
        self.handlers = LotteryHandlers(means.keeper).by_command()

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        return {PART: await self.all.load_shown(room)}

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """Who says a keyword enters."""
        self.by_comment.hear(room, identity, spoken.written, now_ms)

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """The viewer's own entries in what is shown."""
        shown = room.snapshot.parts.get(PART)
        if not shown or identity.role_in(room.id) not in ENTRANTS:
            return None
        return self._fetch(tuple(shown), identity.user_id)

    async def stop(self) -> None:
        """End."""
        await self.by_comment.stop()

    async def _fetch(self, lottery_ids: tuple[str, ...], user_id: str) -> Mapping[str, object]:
        found = await self.all.find_entries(lottery_ids, user_id)
        return {"entries": {each: entry.model_dump(mode="json") for each, entry in found.items()}} if found else {}
