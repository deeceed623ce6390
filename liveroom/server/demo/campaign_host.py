"""The host of the demo as far as coupons go: starts campaigns, and others when those are over.

Promise: campaigns are started over the wire, as any host does; what fails is tried again at the next look.
"""

from __future__ import annotations

import asyncio
import logging

from liveroom.realtime.client import LiveRoomClient
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import Person
from liveroom.server.demo.shelf import make_missing
from liveroom.server.node import Node

logger = logging.getLogger(__name__)

LOOK_S = 5.0


class CampaignHost:
    """See the module.

    Args:
        url: of the socket of this very server.
    """

    def __init__(self, node: Node, room: str, host: Person, url: str) -> None:
        self._node = node
        self._room = room
        self._host = host
        self._url = url

    async def stay(self) -> None:
        """Look after the campaigns until the end."""
        while True:
            try:
                await self._renew()
            except RealtimeError as error:
                logger.warning("the campaigns of the demo were not renewed: %s", error.message)
            await asyncio.sleep(LOOK_S)

    async def _renew(self) -> None:
        """Make and start what is missing.

        Raises:
            RealtimeError: it could not be made or started.
        """
        node = self._node
        shown = (await node.rooms.room(self._room)).snapshot.parts.get("campaigns", {})
        drafts = make_missing(self._room, node.settings.lang, shown, node.clock.now_ms())
        if not drafts:
            return
        token = node.issuer.issue(self._host.id, name=self._host.name, role=Role.HOST, rooms=[self._room])
        async with LiveRoomClient(self._url, token=token, rooms=[self._room]) as live:
            for draft in drafts:
                await node.value.coupons.campaigns.create(draft, self._host.id)
                await live.rooms[self._room].send("campaign.activate", campaign=draft.id)
