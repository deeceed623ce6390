"""What the demo audience does with gifts and coupons: small gifts, now and then a combo, taps when a drop opens.

Promise: it is the same wire and the same rules as for everybody; whoever acts is labelled `demo`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping
from typing import Any

from liveroom.realtime.client import CommandRefused, Room
from liveroom.realtime.clock import Clock

GIFTS = {"rose": 40, "clap": 25, "tea": 16, "bear": 8, "cake": 4, "firework": 2}
"""How often which is given."""
COMBO_SHARE = 0.4
LONGEST_COMBO = 6
TAPPING_SHARE = 0.7
SLOWEST_TAP_S = 6.0
LONGEST_LOOK_S = 20.0


async def give(room: Room, chance: random.Random) -> None:
    """Give something small, perhaps several times in a row."""
    (gift,) = chance.choices(list(GIFTS), weights=list(GIFTS.values()))
    again = chance.randint(1, LONGEST_COMBO) if chance.random() < COMBO_SHARE else 0
    await room.send("gift.send", gift=gift)
    for _ in range(again):
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        await room.send("gift.send", gift=gift)


async def tap_drops(room: Room, chance: random.Random, clock: Clock) -> None:
    """Take what is there already, after a look around, and tap when a drop opens, as fast as people do."""
    events = room.events()
    for campaign in list(room.state["campaigns"].values()):
        await asyncio.sleep(chance.uniform(1, LONGEST_LOOK_S))
        await _tap(room, chance, clock, campaign["id"], campaign["drops"][-1])
    async for event in events:
        if event.kind == "coupon.drop_announced":
            await _tap(room, chance, clock, event.data["campaign"], event.data["drop"])


async def _tap(room: Room, chance: random.Random, clock: Clock, campaign: str, drop: Mapping[str, Any]) -> None:
    if chance.random() > TAPPING_SHARE:
        return
    wait_s = max(0, drop["starts_at"] - clock.now_ms()) / 1000
    await asyncio.sleep(wait_s + SLOWEST_TAP_S * chance.random() ** 2)
    with contextlib.suppress(CommandRefused):  # too fast, or the server is busy: somebody else gets it
        await room.send("coupon.claim", campaign=campaign, drop=drop["id"])
