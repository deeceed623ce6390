"""A crowd loses its connections at once: it is back in time, and those who stayed notice nothing (R12)."""

from __future__ import annotations

import asyncio
import math

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.conftest import ROOM, Nodes
from tests.chaos.history import Began, check
from tests.chaos.scale import SCALE, report
from tests.chaos.viewer import Viewer, all_in, all_together
from tests.support.server import Server

COME_S = 60.0
BACK_S = 10.0
PER_S = 20
SLOW_S = 0.6


async def chat(speaker: Viewer) -> None:
    """Somebody talks on, whatever happens."""
    for number in range(10**6):
        speaker.comment(f"meanwhile {number}")
        await asyncio.sleep(1 / PER_S)


def read_deliveries(server: Server) -> dict[float, float]:
    """How many deliveries took at most so many seconds, as the node counts them: from publishing to the last write."""
    told = httpx.get(f"{server.address}/metrics", timeout=10).text
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


async def gather(nodes: Nodes) -> tuple[list[Viewer], list[Viewer]]:
    """The crowd, and a few who will stay: one of them talks."""
    crowd, stayers = nodes.viewers(SCALE.crowd), nodes.viewers(5, "s", "moderator")
    for number, viewer in enumerate([*stayers, *crowd]):
        viewer.come(number / (3 * SCALE.handshakes_per_s))
    await all_in([*stayers, *crowd], COME_S)
    return crowd, stayers


async def watch_return(nodes: Nodes, crowd: list[Viewer], stayers: list[Viewer], what: str) -> None:
    """Wait for them, and check what all of them have heard and how fast the others were told."""
    chatting = asyncio.ensure_future(chat(stayers[0]))
    before = [await asyncio.to_thread(read_deliveries, server) for server in nodes.open_for]
    took_s = await all_in(crowd, BACK_S)
    after = [await asyncio.to_thread(read_deliveries, server) for server in nodes.open_for]
    chatting.cancel()
    await all_together([*crowd, *stayers], COME_S)
    findings = check([each.history for each in [*crowd, *stayers]], list(stayers[0].acks))
    shares = [share_in_time(*looks) for looks in zip(before, after, strict=True)]
    sent_away = sum(viewer.sent_away for viewer in crowd)
    report(f"{what}: {len(crowd)} back in {took_s:.1f} s, {sent_away} told to wait, in time {shares}, {findings}")
    for viewer in [*crowd, *stayers]:
        viewer.leave()
    assert findings.are_clean
    assert findings.resumed >= len(crowd), "who was cut resumes where it was"
    assert min(shares) >= 0.99


async def test_a_crowd_that_is_cut_at_once_is_back_in_ten_seconds(nodes: Nodes) -> None:
    """More come at once than a node takes in a second: they are told when to try again, and do."""
    crowd, stayers = await gather(nodes)
    for viewer in crowd:
        viewer.sent_away = 0
        viewer.is_in.clear()
        viewer.cut()
    await watch_return(nodes, crowd, stayers, "cut at once")
    assert sum(viewer.sent_away for viewer in crowd) > 0


async def test_the_viewers_of_a_node_that_is_killed_are_on_the_other_in_ten_seconds(nodes: Nodes) -> None:
    """The show goes on, and nobody needs a snapshot."""
    dead, alive = nodes.open_for
    nodes.open_for.remove(alive)
    crowd = nodes.viewers(SCALE.crowd)
    for number, viewer in enumerate(crowd):
        viewer.come(number / (1.5 * SCALE.handshakes_per_s))
    await all_in(crowd, COME_S)
    nodes.open_for[:] = [alive]
    stayers = nodes.viewers(5, "s", "moderator")
    for viewer in stayers:
        viewer.come()
    await all_in(stayers, COME_S)
    for viewer in crowd:
        viewer.is_in.clear()
    await asyncio.to_thread(dead.kill)
    await watch_return(nodes, crowd, stayers, "node killed")
    assert all(sum(isinstance(entry, Began) for entry in viewer.history) == 1 for viewer in crowd)
    assert (await asyncio.to_thread(alive.call, "GET", f"/rooms/{ROOM}")).json()["room"]["status"] == "live"
