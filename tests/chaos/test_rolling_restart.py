"""Both nodes are replaced, one after the other, while people talk: nothing accepted is lost or missed."""

from __future__ import annotations

import asyncio

from tests.chaos.conftest import Nodes
from tests.chaos.history import Began, check
from tests.chaos.scale import report
from tests.chaos.viewer import Viewer, all_in, all_together

PATIENCE_S = 60.0
PER_S = 40


async def talk(speakers: list[Viewer]) -> None:
    """Everybody in turn, without a pause for the restart."""
    for number in range(10**6):
        speakers[number % len(speakers)].comment(f"word {number}")
        await asyncio.sleep(1 / PER_S)


async def replace(nodes: Nodes) -> None:
    """Start a new node, let the balancer know, stop the oldest one."""
    await asyncio.to_thread(nodes.start)
    oldest = nodes.open_for.pop(0)
    took_s = await asyncio.to_thread(oldest.stop)
    assert took_s < 15
    assert oldest.process.returncode == 0


async def test_a_rolling_restart_loses_no_accepted_command(nodes: Nodes) -> None:
    speakers = nodes.viewers(10, "s", "moderator")
    viewers = [*speakers, *nodes.viewers(20)]
    for viewer in viewers:
        viewer.come()
    await all_in(viewers, PATIENCE_S)
    talking = asyncio.ensure_future(talk(speakers))
    for _ in range(2):
        await replace(nodes)
    talking.cancel()
    await all_in(viewers, PATIENCE_S)
    await all_together(viewers, PATIENCE_S)
    acknowledged = [key for each in speakers for key in each.acks]
    findings = check([viewer.history for viewer in viewers], acknowledged)
    report(f"two nodes replaced, {len(acknowledged)} comments acknowledged: {findings}")
    for viewer in viewers:
        viewer.leave()
    assert findings.are_clean
    assert all(sum(isinstance(entry, Began) for entry in viewer.history) == 1 for viewer in viewers)
