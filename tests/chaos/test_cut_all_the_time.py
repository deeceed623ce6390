"""Connections are cut on both sides of two nodes: nothing is reordered, doubled or missed silently (R3, R8)."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from tests.chaos.conftest import Nodes
from tests.chaos.history import check
from tests.chaos.scale import SCALE, report
from tests.chaos.viewer import Viewer, all_in, all_together
from tests.support.valkey import Valkey

SPEAKERS = 5
PER_S = 100
CUTS_PER_S = 5
PATIENCE_S = 60.0


async def speak(speakers: list[Viewer], viewers: list[Viewer]) -> int:
    """Say things at a steady pace until there are enough receipts; gives how many were said."""
    said = 0
    while sum(len(viewer.history) - viewer.joins for viewer in viewers) < SCALE.receipts:
        speakers[said % len(speakers)].comment(f"line {said}")
        said += 1
        await asyncio.sleep(1 / PER_S)
    return said


async def cut_viewers(viewers: list[Viewer], chance: random.Random) -> None:
    """Cut one now and then, the speakers too."""
    while True:
        await asyncio.sleep(1 / CUTS_PER_S)
        chance.choice(viewers).cut()


async def cut_nodes(valkey: Valkey) -> None:
    """Cut every second what the nodes listen with."""
    while True:
        await asyncio.sleep(1.0)
        await asyncio.to_thread(valkey.ask, "CLIENT", "KILL", "TYPE", "pubsub")


async def test_nothing_is_reordered_doubled_or_missed_silently(nodes: Nodes, valkey: Valkey) -> None:
    speakers = nodes.viewers(SPEAKERS, "s", "moderator")
    viewers = [*speakers, *nodes.viewers(SCALE.viewers)]
    for viewer in viewers:
        viewer.come()
    await all_in(viewers, PATIENCE_S)
    cutting = [asyncio.ensure_future(each) for each in (cut_viewers(viewers, nodes.chance), cut_nodes(valkey))]
    said = await speak(speakers, viewers)
    for task in cutting:
        task.cancel()
    for task in cutting:
        with suppress(asyncio.CancelledError):
            await task
    await all_in(viewers, PATIENCE_S)
    await all_together(viewers, PATIENCE_S)
    findings = check([viewer.history for viewer in viewers], [key for each in speakers for key in each.acks])
    for viewer in viewers:
        viewer.leave()
    report(f"{said} comments, {len(viewers)} viewers on two nodes: {findings}")
    assert findings.are_clean
    assert findings.receipts >= SCALE.receipts
    assert findings.resumed > 0
    assert sum(len(each.acks) for each in speakers) == said
