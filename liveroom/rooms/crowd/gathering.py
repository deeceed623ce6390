"""A page of those who are in a room on any node: each node that has the room is asked, and the answers are merged.

Promise: a page comes after `WAIT_S`, with the people of every node that answered by then. The same page is asked for
once in `KEPT_S`, also by many who want it at the same moment, and of whatever length they want it; at most `MOST` pages
are being gathered at the same time, then who asks is told to come later.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import NodeMessage
from liveroom.realtime.wire import encode_value
from liveroom.rooms.crowd.local import LocalCrowd
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.messages.reading import LONGEST_PAGE, PAGE
from liveroom.rooms.room import Room
from liveroom.rooms.rules.crowd import CrowdPage, cut, merge

WAIT_S = 0.15
KEPT_S = 2.0
PAGES = 256
MOST = 32
ASKED, TOLD = "crowd_asked", "crowd_told"

Find = Callable[[str], Room | None]
_people: TypeAdapter[list[Visitor]] = TypeAdapter(list[Visitor])


class _Wanted(NamedTuple):
    """A page."""

    room: str
    after: str | None
    limit: int


class Crowd:
    """See the module.

    Args:
        node: name of this process, unique among all that run.
        has_others: there are other nodes to ask.
        find: a room that is open on this node.
    """

    def __init__(self, node: str, has_others: bool, backplane: Backplane, find: Find, clock: Clock) -> None:
        self._node = node
        self._has_others = has_others
        self._backplane = backplane
        self._find = find
        self._clock = clock
        self._local = LocalCrowd(clock)
        self._numbers = itertools.count(1)
        self._heard: dict[str, list[Sequence[Visitor]]] = {}
        self._pages: OrderedDict[_Wanted, tuple[float, CrowdPage]] = OrderedDict()
        self._under_way: dict[_Wanted, asyncio.Task[CrowdPage]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def page(self, room: Room, after: str | None, limit: int) -> CrowdPage:
        """Some of those who are in a room.

        Raises:
            RealtimeError: `overloaded`; the other nodes cannot be asked.
        """
        limit = min(limit, LONGEST_PAGE)
        if not self._has_others:
            return merge([self._local.list(room, after, limit + 1)], limit)
        wanted = _Wanted(room.id, after, PAGE if limit <= PAGE else LONGEST_PAGE)
        known = self._pages.get(wanted)
        if known is not None and self._clock.monotonic_s() - known[0] <= KEPT_S:
            return cut(known[1], limit)
        # Who goes away does not take the page from the others who wait for it.
        return cut(await asyncio.shield(self._under_way.get(wanted) or self._begin(room, wanted)), limit)

    def hear(self, told: NodeMessage) -> None:
        """A message to all nodes."""
        if TOLD in told and told[TOLD] in self._heard:
            self._heard[told[TOLD]].append(_people.validate_python(told["people"]))
        elif ASKED in told and told["node"] != self._node:
            room = self._find(told["room"])
            if room is not None:
                here = self._local.list(room, told["after"], min(told["limit"], LONGEST_PAGE) + 1)
                self._tell({TOLD: told[ASKED], "people": [orjson.Fragment(encode_value(user)) for user in here]})

    async def stop(self) -> None:
        """End."""
        for gathering in self._under_way.values():
            gathering.cancel()
        await asyncio.gather(*self._tasks, *self._under_way.values(), return_exceptions=True)

    def _begin(self, room: Room, wanted: _Wanted) -> asyncio.Task[CrowdPage]:
        if len(self._under_way) >= MOST:
            text = "many ask who is here; try again"
            raise RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=500, room=wanted.room)
        task = self._under_way[wanted] = asyncio.ensure_future(self._gather(room, wanted))
        task.add_done_callback(lambda _: self._end(wanted, task))
        return task

    def _end(self, wanted: _Wanted, task: asyncio.Task[CrowdPage]) -> None:
        del self._under_way[wanted]
        if not task.cancelled():
            task.exception()  # perhaps nobody waits any more who would hear of it

    async def _gather(self, room: Room, wanted: _Wanted) -> CrowdPage:
        here = self._local.list(room, wanted.after, wanted.limit + 1)
        page = merge([here, *await self._ask(wanted)], wanted.limit)
        self._pages[wanted] = (self._clock.monotonic_s(), page)
        while len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        return page

    async def _ask(self, wanted: _Wanted) -> Sequence[Sequence[Visitor]]:
        name = f"{self._node} {next(self._numbers)}"
        heard = self._heard[name] = []
        try:
            question = {ASKED: name, "node": self._node, **wanted._asdict()}
            await self._backplane.tell_nodes(orjson.dumps(question))
            waited = asyncio.Event()
            self._clock.call_later(WAIT_S, waited.set)
            await waited.wait()
        finally:
            del self._heard[name]
        return heard

    def _tell(self, answer: dict[str, object]) -> None:
        task = asyncio.ensure_future(self._answer(orjson.dumps(answer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: bytes) -> None:
        try:
            await self._backplane.tell_nodes(message)
        except RealtimeError:
            return  # who asked goes on without us
