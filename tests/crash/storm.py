"""Thousands of claims and gifts a second, until the server is killed in the middle of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

from tests.crash.person import Order, Person
from tests.support.server import Server

PEOPLE = 200
CLAIMS_PER_S = 5_000
GIFTS_PER_S = 2_000
STEP_S = 0.01
PATIENCE_S = 60.0
"""Longest wait for the first answer."""


async def gather(server: Server, room: str) -> list[Person]:
    """The people; staff of the room, since a viewer may not tap as fast as that."""
    people = [Person(server, f"u{number}", room, "moderator", listens=False) for number in range(PEOPLE)]
    for at in range(0, PEOPLE, 50):
        await asyncio.gather(*(person.enter(server) for person in people[at : at + 50]))
    return people


async def rage(
    server: Server, people: Sequence[Person], campaign: str, seconds: float, chance: random.Random
) -> list[Order]:
    """Claim and give at the rates above, kill the server so many seconds after its first answer; what was sent.

    The plan is kept by the clock: who falls behind sends more at the next step.
    """
    orders: list[Order] = []
    started = time.monotonic()
    claims = gifts = 0
    end = started + PATIENCE_S
    is_answered = False
    while (now := time.monotonic()) < end:
        passed = now - started
        if not is_answered and orders and orders[0].answer is not None:
            is_answered, end = True, now + seconds
        for claims in range(claims, round(passed * CLAIMS_PER_S)):  # noqa: B020 - goes on where it was
            key = f"{campaign}-c{claims}"
            orders.append(chance.choice(people).say("coupon.claim", key, {"campaign": campaign}))
        for gifts in range(gifts, round(passed * GIFTS_PER_S)):  # noqa: B020 - goes on where it was
            data = {"gift": chance.choice(("rose", "star")), "count": chance.randint(1, 5)}
            orders.append(chance.choice(people).say("gift.send", f"{campaign}-g{gifts}", data))
        await asyncio.sleep(STEP_S)
    server.kill()
    await asyncio.gather(*(person.gone.wait() for person in people))
    return orders
