"""Counts a show: people and talk as the room knows them, money as the database has it.

Promise: gifts and orders are read from the sums that were committed together with them, so they are those of all nodes
and survive a crash. Of a large audience `LOOKED_AT` people stand for all in what is an average.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson

from liveroom.rooms.attendance import AUDIENCE, Viewer
from liveroom.rooms.messages.numbers import Figures
from liveroom.rooms.room import Room
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gift_ranks import GiftRanks
from liveroom.rooms.storage.orders import Orders
from liveroom.rooms.value.orders.recording import sales_scope

LOOKED_AT = 2_000
CountQuestions = Callable[[str, str], tuple[int, int]]
"""Of a room and a show: the questions there were, and how many of them are open."""


class ShowCounter:
    """See the module."""

    def __init__(self, database: Database, questions: CountQuestions) -> None:
        self._ranks = GiftRanks(database)
        self._orders = Orders(database)
        self._questions = questions

    async def count(self, room: Room, show: str, comments: int, now_ms: int) -> Figures:
        """What a show has come to.

        Args:
            comments: that were shown, as far as they were counted elsewhere.

        Raises:
            DatabaseUnavailable: try again.
        """
        gifts = await self._ranks.standing(room.id, show)
        sold = await self._orders.sums(sales_scope(room.id, show))
        asked, still_open = self._questions(room.id, show)
        audience = _total(room, "audience")
        return Figures(
            viewers=audience.get("viewers", 0),
            peak_viewers=audience.get("peak", 0),
            visits=audience.get("joined", 0),
            comments=max(comments, room.tally.comments),
            likes=_total(room, "likes").get("total", 0),
            gifts=gifts.gifts,
            gift_amount=gifts.amount,
            givers=gifts.givers,
            orders=max(0, sold.get("orders", 0)),
            pieces=max(0, sold.get("pieces", 0)),
            sales_amount=max(0, sold.get("amount", 0)),
            questions=asked,
            questions_open=still_open,
            **_averages(room, now_ms),
        )


def _total(room: Room, kind: str) -> dict[str, Any]:
    told = room.fanout.values.get(kind)
    found: dict[str, Any] = orjson.loads(told) if told is not None else {}
    return found


def _averages(room: Room, now_ms: int) -> dict[str, int]:
    here = [each for each in itertools.islice(room.attendance.viewers.values(), LOOKED_AT) if _watches(each)]
    if not here:
        return {"stay_s": 0, "active_permille": 0, "member_permille": 0}
    stays = sum(each.visit.stayed_ms + max(0, now_ms - each.visit.since_ms) for each in here)
    return {
        "stay_s": stays // len(here) // 1000,
        "active_permille": 1_000 * sum(each.visit.acted for each in here) // len(here),
        "member_permille": 1_000 * sum(each.traits.member for each in here) // len(here),
    }


def _watches(viewer: Viewer) -> bool:
    return viewer.traits.role in AUDIENCE and viewer.visit.left_at_ms is None
