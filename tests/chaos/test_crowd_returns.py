"""A crowd loses its connections at once: it is back in time, and those who stayed notice nothing (R12)."""

from __future__ import annotations

from tests.chaos.conftest import Nodes
from tests.chaos.returning import COME_S, watch_return
from tests.chaos.scale import SCALE
from tests.chaos.viewer import all_in


async def test_a_crowd_that_is_cut_at_once_is_back_in_ten_seconds(nodes: Nodes) -> None:
    """More come at once than a node takes in a second: they are told when to try again, and do."""
    crowd, stayers = nodes.viewers(SCALE.crowd), nodes.viewers(5, "s", "moderator")
    for number, viewer in enumerate([*stayers, *crowd]):
        viewer.come(number / (3 * SCALE.handshakes_per_s))
    await all_in([*stayers, *crowd], COME_S)
    for viewer in crowd:
        viewer.sent_away = 0
        viewer.is_in.clear()
        viewer.cut()
    await watch_return(nodes, crowd, stayers, "cut at once")
    for viewer in [*crowd, *stayers]:
        viewer.leave()
    assert sum(viewer.sent_away for viewer in crowd) > 0
