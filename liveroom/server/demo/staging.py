"""What happens on the demo's stage: now and then a battle with a second room, and somebody who asks to come up.

Promise: all of it is played by programs whose names say so, over the same wire as everybody. While somebody sits at the
host's console they decide; else a program says yes for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from liveroom.realtime.client import ClientError, CommandRefused, LiveRoomClient, Room
from liveroom.realtime.client.events import EventStream
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import Person
from liveroom.server.node import Node

logger = logging.getLogger(__name__)

RIVAL = "demo-rival"
RIVAL_HOST = {
    "zh": Person(id="demo-rival-host", name="演示对手"),
    "en": Person(id="demo-rival-host", name="Demo rival"),
}
RIVAL_TITLE = {"zh": "演示 PK", "en": "Demo battle"}
GUEST = {"zh": Person(id="demo-guest", name="演示嘉宾"), "en": Person(id="demo-guest", name="Demo guest")}
LINE = {"zh": "演示：想上来打个招呼", "en": "Demo: I would like to say hello"}
TOKEN_S = 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds."""

    first_battle: float = 115
    between_battles: float = 420
    battle: int = 120
    answer: float = 8
    first_guest: float = 25
    between_guests: float = 150
    patience: float = 60
    on_stage: float = 45


class Staging:
    """The programs that play it.

    Args:
        room: the demo's room.
        host: its host.
        pace: how long things take.
    """

    def __init__(self, node: Node, room: str, host: Person, pace: Pace | None = None) -> None:
        self._node = node
        self._room = room
        self._host = host
        self._lang = node.settings.lang
        self._pace = pace or Pace()

    async def play(self, url: str) -> None:
        """Play until cancelled."""
        host, rival, guest = self._host, RIVAL_HOST[self._lang], GUEST[self._lang]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attend(url, host, Role.HOST, self._room, self._answer))
            tasks.create_task(self._attend(url, rival, Role.HOST, RIVAL, self._invite))
            tasks.create_task(self._attend(url, guest, Role.VIEWER, self._room, self._ask))

    async def _attend(
        self, url: str, who: Person, role: Role, room: str, act: Callable[[Room], Awaitable[None]]
    ) -> None:
        rooms = [room] if role is Role.HOST else None

        async def token() -> str:
            return self._node.issuer.issue(
                who.id, name=who.name, role=role, rooms=rooms, traits={"demo": True}, lifetime_s=TOKEN_S
            )

        while True:
            try:
                async with LiveRoomClient(url, get_token=token, rooms=[room]) as live:
                    await act(live.rooms[room])
            except (ClientError, TimeoutError) as error:
                logger.info("demo_player_cut", extra={"reason": str(error)})
            await asyncio.sleep(self._pace.answer)

    @property
    def _is_hosted(self) -> bool:
        """Whether somebody sits at the console: the program itself is one connection of the host."""
        return len(self._node.hub.connections_of(self._host.id)) > 1

    async def _answer(self, room: Room) -> None:
        """Say yes for the host, unless somebody is there who can."""
        async for event in room.events():
            if event.kind == "battle.invitation_changed" and event.data["battle"]["status"] == "invited":
                await self._say_yes(room, "battle.accept", battle=event.data["battle"]["id"])
            elif event.kind == "stage.queue_changed" and event.data["queue"].get("waiting"):
                await self._say_yes(room, "stage.accept", user_id=event.data["queue"]["waiting"][0]["user"]["id"])

    async def _say_yes(self, room: Room, command: str, **fields: Any) -> None:
        await asyncio.sleep(self._pace.answer)
        if self._is_hosted:
            return
        try:
            await room.send(command, **fields)
        except CommandRefused as refused:  # it is over already
            logger.debug("demo_host_refused", extra={"reason": refused.code})

    async def _invite(self, room: Room) -> None:
        """Invite the demo's room to a battle, again and again."""
        await asyncio.sleep(self._pace.first_battle)
        while True:
            try:
                await room.send("battle.invite", opponents=[self._room], invite_s=20, duration_s=self._pace.battle)
            except CommandRefused as refused:  # it is not live, or in another battle
                logger.debug("demo_rival_refused", extra={"reason": refused.code})
            await asyncio.sleep(self._pace.between_battles)

    async def _ask(self, room: Room) -> None:
        """Ask onto the stage, stay a little, and get down; whoever is not taken gives up after a while."""
        await asyncio.sleep(self._pace.first_guest)
        while True:
            news = room.events()
            try:
                ack = await room.send("stage.apply", kind="audio", line=LINE[self._lang])
                if ack["stage"]["standing"] == "seated" or await self._is_seated(news):
                    await asyncio.sleep(self._pace.on_stage)
                    await room.send("stage.leave")
                else:
                    await room.send("stage.cancel")
            except CommandRefused as refused:  # no applications are taken, or somebody took them off
                logger.debug("demo_guest_refused", extra={"reason": refused.code})
            await asyncio.sleep(self._pace.between_guests)

    async def _is_seated(self, news: EventStream) -> bool:
        try:
            async with asyncio.timeout(self._pace.patience):
                async for event in news:
                    if event.kind == "stage.place_changed":
                        standing = event.data["stage"]["standing"]
                        if standing != "waiting":
                            return bool(standing == "seated")
        except TimeoutError:
            return False
        return False
