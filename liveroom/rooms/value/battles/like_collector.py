"""Collects the likes of rooms in battle on this node, and hands them to the ledger twice a second (L17).

Promise: likes of one viewer count up to `likes_each` in a round on this node; what the ledger did not confirm is sent
again as the same fact, so it counts once. Likes are signals: those of the last half second before the end of a round,
or of a process that is killed, may not count. Bounded: at most `MOST_WAITING` facts wait, more are dropped.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.messages.battle_terms import ScoreTerms
from liveroom.rooms.room import Room
from liveroom.rooms.rules.battle_state import FIGHTING, tally_of
from liveroom.rooms.value.battles.likes import Liked, like_fact

logger = logging.getLogger(__name__)

EVERY_S = 0.5
MOST_WAITING = 1_000
FORGET_MS = 7_200_000
"""No round lasts so long; what was heard in one is forgotten."""
DEFAULTS = ScoreTerms()
"""What a view leaves out."""


class Round(NamedTuple):
    """A room in a round of a battle."""

    battle: str
    tally: str
    room: str


@dataclass(slots=True)
class Heard:
    """Likes in a round: those of each viewer so far, and those not handed over yet."""

    each: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    last_ms: int = 0


class LikeCollector:
    """See the module.

    Args:
        node: name of this process, unique among all that run.
    """

    def __init__(self, ledger: Ledger, clock: Clock, node: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._node = node
        self._heard: dict[Round, Heard] = {}
        self._waiting: list[Fact] = []
        self._numbers = itertools.count(1)
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_running = True

    async def stop(self) -> None:
        """Hand over what was heard, then end."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task
        await self._hand_over()

    async def settle(self) -> None:
        """Wait until what is being handed over is answered."""
        if self._task is not None:
            await self._task

    def hear(self, room: Room, user_id: str, count: int) -> None:
        """Likes were accepted in a room."""
        views = room.snapshot.parts.get("battles")
        if not views:
            return
        for view in views.values():
            if view["status"] in FIGHTING:
                self._note(room.id, view, user_id, count)

    def _note(self, room: str, view: Any, user_id: str, count: int) -> None:
        terms = view.get("terms", {}).get("score", {})
        if not terms.get("like", DEFAULTS.like):
            return
        round_ = Round(view["id"], tally_of(view["id"], view.get("round", 1)), room)
        heard = self._heard.setdefault(round_, Heard())
        counts = min(count, terms.get("likes_each", DEFAULTS.likes_each) - heard.each[user_id])
        if counts > 0:
            heard.each[user_id] += counts
            heard.fresh += counts
            heard.last_ms = self._clock.now_ms()
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and self._is_running:
            self._timer = self._clock.call_later(EVERY_S, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._hand_over())
        else:
            self._set_timer()

    async def _hand_over(self) -> None:
        now_ms = self._clock.now_ms()
        for round_, heard in self._heard.items():
            if heard.fresh:
                key = f"{next(self._numbers)}"
                liked = Liked(round_.battle, round_.room, heard.fresh)
                self._waiting.append(like_fact(liked, round_.tally, self._node, key, now_ms))
                heard.fresh = 0
        self._heard = {round_: heard for round_, heard in self._heard.items() if heard.last_ms > now_ms - FORGET_MS}
        facts, self._waiting = self._waiting[-MOST_WAITING:], []
        answers = await asyncio.gather(*(self._write(fact) for fact in facts))
        self._waiting = [fact for fact, is_done in zip(facts, answers, strict=True) if not is_done] + self._waiting
        if self._waiting:
            self._set_timer()

    async def _write(self, fact: Fact) -> bool:
        try:
            await self._ledger.write(fact)
        except Refusal:
            return True
        except RealtimeError as error:
            logger.warning("likes of a battle were not counted yet: %s", error.message)
            return False
        return True
