"""How many publishes a second go through one pair of connections, and what each costs in Python.

`python -m liveroom.realtime.backplane.redis.pace URL` prints the figures as JSON; `liveroom bench nodes` runs it. Every
publish is one call of one script, with a key, and is heard again by the same process: a node that speaks and listens.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from liveroom.realtime.backplane.base import Event, Publication, Target
from liveroom.realtime.backplane.redis.backplane import RedisBackplane
from liveroom.realtime.backplane.redis.location import read_location
from liveroom.realtime.clock import LoopClock

ROOMS = 20
AT_ONCE = 20
"""Publishes of one room under way at the same time, each a call of its own."""
SECONDS = 5.0
WARM_S = 0.5
TOGETHER = 100
"""Publications in one call in the second measurement: a busy room."""
HEAR_S = 5.0
PAYLOAD = b'{"kind":"comment.sent","ts":1700000000000,"data":{"id":"c_1","text":"%b"}}' % (b"x" * 200)


class Ear:
    """Counts what is heard."""

    def __init__(self) -> None:
        self.heard = 0
        self.gaps = 0
        self._wanted = 0
        self._is_all = asyncio.Event()

    async def hear(self, count: int) -> None:
        """Wait until so many were heard in all, but not for longer than `HEAR_S`."""
        self._wanted = count
        self._is_all.clear()
        if self.heard < count:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_all.wait(), HEAR_S)

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        """See `Receiver`."""
        self.heard += len(events)
        if self.heard >= self._wanted:
            self._is_all.set()

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        """See `Receiver`."""

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Receiver`."""

    def on_gap(self, room: str) -> None:
        """See `Receiver`."""
        self.gaps += 1

    def on_node_message(self, message: bytes) -> None:
        """See `Receiver`."""

    def on_nodes_missed(self) -> None:
        """See `Receiver`."""


class Speakers:
    """Publish into all rooms, each as fast as its answers come; no key is used twice."""

    def __init__(self, engine: RedisBackplane, together: int) -> None:
        self._engine = engine
        self._together = together
        self._keys = itertools.count()
        self.published = 0

    async def speak(self, seconds: float) -> None:
        """For so long, and until the last answer."""
        until_s = time.monotonic() + seconds
        names = range(AT_ONCE if self._together == 1 else 2)
        await asyncio.gather(*(self._speak(f"pace-{room}", until_s) for room in range(ROOMS) for _ in names))

    async def _speak(self, room: str, until_s: float) -> None:
        event = (Event("comment.sent", PAYLOAD),)
        while time.monotonic() < until_s:
            batch = [Publication(event, key=f"{self._together}.{next(self._keys)}") for _ in range(self._together)]
            await self._engine.publish(room, batch)
            self.published += len(batch)


async def measure(url: str, together: int, seconds: float) -> dict[str, float]:
    """Publish for so long, and wait until all of it is heard.

    Args:
        together: publications in one call.
        seconds: measured time.
    """
    engine, ear = RedisBackplane(read_location(url), LoopClock()), Ear()
    await engine.start(ear)
    for room in range(ROOMS):
        await engine.subscribe(f"pace-{room}", 0)
    speakers = Speakers(engine, together)
    await speakers.speak(WARM_S)
    await ear.hear(speakers.published)
    before, began_s, cpu_s = speakers.published, time.monotonic(), time.process_time()
    await speakers.speak(seconds)
    await ear.hear(speakers.published)
    published = speakers.published - before
    passed_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    await engine.close()
    return {
        "publishes_per_s": round(published / passed_s),
        "python_us_per_publish": round(cpu_s / published * 1e6, 1),
        "not_heard": speakers.published - ear.heard,
        "gaps": ear.gaps,
    }


def main() -> None:
    """Measure alone and together, and print both."""
    url = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    if sys.platform != "win32":
        import uvloop

        run = uvloop.run
    else:
        run = asyncio.run
    figures = {"alone": run(measure(url, 1, seconds)), "together": run(measure(url, TOGETHER, seconds))}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
