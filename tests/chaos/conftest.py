"""Two nodes on one Valkey and one database; a test may kill what it likes, the next one gets others in its place."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.chaos.scale import SCALE, SEED
from tests.chaos.viewer import Viewer
from tests.support.server import Server, running_server
from tests.support.valkey import Valkey, running_valkey

_numbers = itertools.count(1)


@dataclass
class Nodes:
    """See the module; `open_for` are the nodes that a balancer would send people to."""

    directory: Path
    redis_url: str
    stack: ExitStack
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    open_for: list[Server] = field(default_factory=list)
    room: str = ""

    def renew(self) -> None:
        """Two nodes that live, and a room of its own for a test, in which a show runs."""
        self.open_for[:] = [each for each in self.open_for if each.process.poll() is None]
        while len(self.open_for) < 2:
            self.start()
        self.room = self.create_room()

    def start(self) -> Server:
        """One more node."""
        server = self.stack.enter_context(self._running(f"n{next(_numbers)}"))
        self.open_for.append(server)
        return server

    def create_room(self) -> str:
        """A room in which a show runs; its host is `host-` and its name."""
        room = f"room-{next(_numbers)}"
        return self.open_for[0].create_room(room, host=f"host-{room}", comments_per_s=0)

    def viewers(self, count: int, prefix: str = "v", role: str = "viewer") -> list[Viewer]:
        """People who are not there yet."""
        rooms = None if role == "viewer" else [self.room]
        tokens = [self.open_for[0].token(f"{prefix}{n}", role=role, rooms=rooms) for n in range(count)]
        return [Viewer(self.room, token, self._pick, self.chance) for token in tokens]

    def host(self, room: str) -> Viewer:
        """The host of a room, who is not there yet."""
        token = self.open_for[0].token(f"host-{room}", role="host", rooms=[room])
        return Viewer(room, token, self._pick, self.chance)

    def _pick(self) -> int:
        return self.chance.choice(self.open_for).port

    def _running(self, name: str) -> AbstractContextManager[Server]:
        return running_server(
            LIVEROOM_NODE=name,
            LIVEROOM_REDIS_URL=self.redis_url,
            LIVEROOM_DATA_DIR=str(self.directory),
            LIVEROOM_DRAIN_S="1",
            LIVEROOM_COMMANDS_PER_S="1000",
            LIVEROOM_COMMANDS_BURST="1000",
            LIVEROOM_HANDSHAKES_PER_S=str(SCALE.handshakes_per_s),
            LIVEROOM_GIFT_BILLING="open",
        )


@pytest.fixture(scope="package")
def valkey() -> Iterator[Valkey]:
    """What the nodes share."""
    with running_valkey() as valkey:
        yield valkey


@pytest.fixture(scope="package")
def fleet(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """The nodes of all tests."""
    with ExitStack() as stack:
        yield Nodes(tmp_path_factory.mktemp("chaos"), valkey.url, stack)


@pytest.fixture
def nodes(fleet: Nodes) -> Nodes:
    """Two of them, with a room in which a show runs."""
    fleet.renew()
    return fleet
