"""A process that gives until it is killed: `gift_worker.py URL NAME BILLING_URL` (`-`: gifts cost nothing).

Says on standard output, one line each, unbuffered: `answered USER KEY ANSWER`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.value.gifts import giver as giver_module
from tests.storage.gifts.stall import Stall

AT_ONCE = 50
USERS = 40
KINDS = ("spark", "ship")
LEFTOVER_MS = 1_000
"""So short that a slow gift is taken for one that was left behind, too."""


def say(*words: object) -> None:
    """One line, which is out when this returns: a kill loses nothing that was said."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


async def work(url: str, name: str, billing_url: str) -> None:
    """Give for ever."""
    billed = None if billing_url == "-" else billing_url
    giver_module.LEFTOVER_MS = LEFTOVER_MS
    stall = await Stall(url, LoopClock(), billing_url=billed, deadline_s=2.0).start()
    numbers = itertools.count()

    async def give_in_turn() -> None:
        for number in numbers:
            user, key = f"u{number % USERS}", f"{name}-{number}"
            try:
                answer = await stall.send(user, KINDS[number % 7 == 0], number % 3 + 1, key=key)
            except RealtimeError:
                continue
            say("answered", user, key, answer.data.decode())

    await asyncio.gather(*(give_in_turn() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:4]))
