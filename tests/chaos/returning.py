"""A crowd comes back: how long it takes, what all of them hear meanwhile, and how fast the others are told."""

from __future__ import annotations

import asyncio
import math

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.conftest import Nodes
from tests.chaos.history import check
from tests.chaos.scale import SCALE, report
from tests.chaos.viewer import Viewer, all_in, all_together
from tests.support.server import PLAIN, Server

COME_S = 60.0
PER_S = 20
SLOW_S = 0.6


async def chat(speaker: Viewer) -> None:
    """Somebody talks on, whatever happens."""
    for number in range(10**6):
        speaker.comment(f"meanwhile {number}")
        await asyncio.sleep(1 / PER_S)


def read_deliveries(server: Server) -> dict[float, float]:
    """How many deliveries took at most so many seconds, as the node counts them: from publishing to the last write."""
    told = httpx.get(f"{server.address}/metrics", timeout=COME_S, verify=PLAIN).text
    found: dict[float, float] = {}
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            if sample.name == "liveroom_delivery_seconds_bucket":
                bound = float(sample.labels["le"])
                found[bound] = found.get(bound, 0.0) + sample.value
    return found


def share_in_time(before: dict[float, float], after: dict[float, float]) -> float:
    """The share of the deliveries between two looks that took at most `SLOW_S`."""
    all_of_them = after[math.inf] - before.get(math.inf, 0.0)
    return (after[SLOW_S] - before.get(SLOW_S, 0.0)) / all_of_them


async def watch_return(nodes: Nodes, crowd: list[Viewer], stayers: list[Viewer], what: str) -> None:
    """Wait for them, and check what all of them have heard and how fast the others were told."""
    chatting = asyncio.ensure_future(chat(stayers[0]))
    before = [await asyncio.to_thread(read_deliveries, server) for server in nodes.open_for]
    took_s = await all_in(crowd, SCALE.back_s)
    after = [await asyncio.to_thread(read_deliveries, server) for server in nodes.open_for]
    chatting.cancel()
    await all_together([*crowd, *stayers], COME_S)
    findings = check([each.history for each in [*crowd, *stayers]], list(stayers[0].acks))
    shares = [share_in_time(*looks) for looks in zip(before, after, strict=True)]
    sent_away = sum(viewer.sent_away for viewer in crowd)
    report(f"{what}: {len(crowd)} back in {took_s:.1f} s, {sent_away} told to wait, in time {shares}, {findings}")
    assert findings.are_clean
    assert findings.resumed >= len(crowd), "who was cut resumes where it was"
    assert min(shares) >= SCALE.in_time
