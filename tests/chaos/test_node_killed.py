"""The node of a whole room is killed while its host fights another room, with guests on the stage and gifts on the way.

The room goes on at the other node: everybody is back in time, battle and seats are as they were, no fact of value is
lost or counted twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.conftest import Nodes
from tests.chaos.history import Began
from tests.chaos.returning import COME_S, watch_return
from tests.chaos.scale import SCALE
from tests.chaos.viewer import Viewer, all_in, all_together
from tests.support.server import Server

LOOK_S = 0.1
DURATION_S = 600
GIFT_POINTS = 200
"""A rose is worth 100 minor units, one point each, and the first gift of a viewer counts twice."""
VOTE_POINTS = 10
VOTERS = 100
GUESTS = 2
ROSE = {"names": {"zh": "玫瑰", "en": "Rose"}, "price": 100, "icon": "R", "combo_window_ms": 0}


@dataclass
class Show:
    """A room on a node that will die, and its rival on the one that lives."""

    nodes: Nodes
    dead: Server
    alive: Server
    rival: str
    crowd: list[Viewer] = field(default_factory=list)
    hosts: list[Viewer] = field(default_factory=list)
    stayers: list[Viewer] = field(default_factory=list)

    @property
    def room(self) -> str:
        """Whose node will die."""
        return self.nodes.room

    @property
    def guests(self) -> list[str]:
        """Who is on the stage, in the order of the seats."""
        return [f"v{number}" for number in range(GUESTS)]

    async def gather(self) -> None:
        """The crowd and its host come to one node, the other host and those who stay to the other."""
        self.nodes.open_for[:] = [self.dead]
        self.crowd = self.nodes.viewers(SCALE.crowd)
        self.hosts = [self.nodes.host(self.room), self.nodes.host(self.rival)]
        for number, viewer in enumerate([self.hosts[0], *self.crowd]):
            viewer.come(number / (1.5 * SCALE.handshakes_per_s))
        await all_in([self.hosts[0], *self.crowd], COME_S)
        self.nodes.open_for[:] = [self.alive]
        self.stayers = self.nodes.viewers(5, "s", "moderator")
        for viewer in [self.hosts[1], *self.stayers]:
            viewer.come()
        await all_in([self.hosts[1], *self.stayers], COME_S)

    async def begin(self) -> str:
        """Guests take their seats and the battle begins; gives its id."""
        host, rival = self.hosts
        wanted = {"opponents": [self.rival], "duration_s": DURATION_S, "invite_s": 60}
        host.send("battle.invite", "invite", wanted)
        await until(lambda: "invite" in host.acks)
        battle: str = host.acks["invite"]["battle"]["id"]
        rival.send("battle.accept", "accept", {"battle": battle})
        for viewer, user_id in zip(self.crowd, self.guests, strict=False):
            viewer.send("stage.apply", "apply", {"kind": "audio"})
            await until(lambda viewer=viewer: "apply" in viewer.acks)
            host.send("stage.accept", f"accept {user_id}", {"user_id": user_id})
            await until(lambda user_id=user_id: f"accept {user_id}" in host.acks)
        await self.holds(f"/rooms/{self.room}/battles/now", lambda told: told["battle"]["status"] == "running")
        return battle

    def give(self, viewers: list[Viewer], battle: str) -> None:
        """Everybody sends a gift, some also vote."""
        for viewer in viewers:
            number = self.crowd.index(viewer)
            viewer.send("gift.send", f"gift {number}", {"gift": "rose"})
            if number < VOTERS:
                viewer.send("battle.vote", f"vote {number}", {"battle": battle, "to": self.room})

    async def holds(self, path: str, condition: Callable[[Any], bool]) -> Any:
        """Ask the node that lives until the answer is as it has to be; gives it."""
        until_s = time.monotonic() + COME_S
        while not condition(told := (await asyncio.to_thread(self.alive.call, "GET", path)).json()):
            assert time.monotonic() < until_s, told
            await asyncio.sleep(LOOK_S)
        return told


async def until(condition: Callable[[], bool]) -> None:
    """Wait for an answer."""
    async with asyncio.timeout(COME_S):
        while True:
            if condition():
                return
            await asyncio.sleep(LOOK_S / 10)


def is_whole(battle: Any) -> bool:
    """Both hosts are there and have not given up."""
    return not any(party.get("away") or party.get("out") for party in battle["battle"]["parties"])


def are_seated(stage: Any, guests: list[str]) -> bool:
    """The guests have the first seats, and are there."""
    taken = [seat["guest"] for seat in stage["seats"] if seat.get("guest")]
    return [guest["user"]["id"] for guest in taken] == guests and not any(guest.get("away") for guest in taken)


async def test_a_battle_and_its_seats_go_on_when_the_node_of_the_room_is_killed(nodes: Nodes) -> None:
    """Also what was sent in that moment counts once."""
    dead, alive = nodes.open_for
    await asyncio.to_thread(alive.call, "PUT", "/gifts/rose", **ROSE)
    show = Show(nodes, dead, alive, await asyncio.to_thread(nodes.create_room))
    await show.gather()
    battle = await show.begin()
    before = await show.holds(f"/rooms/{show.room}/battles/now", is_whole)
    show.give(show.crowd[::2], battle)
    await all_together([*show.crowd, *show.stayers], COME_S)
    show.give(show.crowd[1::2], battle)
    for viewer in [*show.crowd, show.hosts[0]]:
        viewer.is_in.clear()
    for viewer in [*show.crowd[:GUESTS], show.hosts[0]]:
        viewer.longest_s = 2.0  # a seat is kept for twenty seconds, which one pause of the longest would use up
    await asyncio.to_thread(dead.kill)
    await watch_return(nodes, [*show.crowd, show.hosts[0]], show.stayers, "node killed in a battle")
    await asyncio.sleep(SCALE.linger_s)
    after = await show.holds(f"/rooms/{show.room}/battles/now", is_whole)
    stage = await show.holds(f"/rooms/{show.room}/stage", lambda told: are_seated(told, show.guests))
    for viewer in [*show.crowd, *show.hosts, *show.stayers]:
        viewer.leave()
    assert after["battle"]["status"] == "running"
    assert [after["battle"][name] for name in ("id", "ends_at")] == [
        before["battle"][name] for name in ("id", "ends_at")
    ]
    points = {each["room"]: each["score"] for each in after["scores"]}
    voters = min(VOTERS, len(show.crowd))
    assert points[show.room] == GIFT_POINTS * len(show.crowd) + VOTE_POINTS * voters
    assert stage["waiting"] == 0
    assert all(sum(isinstance(entry, Began) for entry in viewer.history) == 1 for viewer in show.crowd)
