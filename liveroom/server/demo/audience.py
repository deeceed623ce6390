"""The demo audience: simple programs on the real wire, each labelled `demo` wherever a name is shown.

They come one by one, talk at a human pace, like and give small gifts now and then, tap when coupons are dropped, and
sometimes leave and come back. They answer nobody and pretend nothing; the label is part of their token.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque

from liveroom.realtime.client import ClientError, LiveRoomClient, Room
from liveroom.server.demo.lines import LINES, NAMES
from liveroom.server.demo.spending import give, tap_drops
from liveroom.server.node import Node

logger = logging.getLogger(__name__)

ARRIVE_S = 0.3
LATE_SHARE = 0.4
LATE_S = 7.0
"""Some come later, so that whoever looks on sees people arrive."""
REMEMBERED = 12
"""Nothing is said again while it is among this many last lines."""
TOKEN_S = 86_400


class Audience:
    """The people of the demo.

    Args:
        room: where they go.
        size: how many.
    """

    def __init__(self, node: Node, room: str, size: int) -> None:
        self._node = node
        self._room = room
        self._lang = node.settings.lang
        self._names = [NAMES[self._lang][n % len(NAMES[self._lang])] for n in range(size)]
        self._chance = random.Random()  # noqa: S311 - who says what
        self._said: deque[str] = deque(maxlen=REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()

    async def come(self, url: str) -> None:
        """Let everybody arrive, one after the other."""
        for number, name in enumerate(self._names):
            task = asyncio.ensure_future(self._attend(url, number, name))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            is_late = number >= len(self._names) * (1 - LATE_SHARE)
            await asyncio.sleep(self._chance.uniform(0.3, 1.7) * (LATE_S if is_late else ARRIVE_S))

    async def leave(self) -> None:
        """Everybody goes."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _token(self, number: int, name: str) -> str:
        traits = {"demo": True, "level": (3, 1, 8, 0, 22, 5)[number % 6], "bought": number % 5 == 0}
        return self._node.issuer.issue(
            f"{self._room}-{number}", name=name, lang=self._lang, traits=traits, lifetime_s=TOKEN_S
        )

    async def _attend(self, url: str, number: int, name: str) -> None:
        while True:
            try:
                async with LiveRoomClient(url, get_token=lambda: self._token(number, name), rooms=[self._room]) as live:
                    await self._stay(live.rooms[self._room])
            except (ClientError, TimeoutError) as error:
                logger.info("demo_viewer_cut", extra={"reason": str(error)})
            await asyncio.sleep(self._chance.uniform(60, 400))

    async def _stay(self, room: Room) -> None:
        tapping = asyncio.ensure_future(tap_drops(room, self._chance, self._node.clock))
        try:
            await self._take_part(room)
        finally:
            tapping.cancel()
            await asyncio.gather(tapping, return_exceptions=True)

    def _choose_line(self) -> str:
        fresh = [line for line in LINES[self._lang] if line not in self._said]
        line = self._chance.choice(fresh)
        self._said.append(line)
        return line

    async def _take_part(self, room: Room) -> None:
        for _ in range(self._chance.randint(8, 60)):
            await asyncio.sleep(self._chance.uniform(4, 26))
            if room.state["room"].get("status") not in ("live", "open"):
                continue
            what = self._chance.random()
            if what < 0.5:
                await room.send("like.send", count=self._chance.randint(1, 12))
            elif what < 0.93 or room.state["room"]["status"] != "live":
                await room.send("comment.send", text=self._choose_line())
            else:
                await give(room, self._chance)
