"""Two nodes on one Valkey and one database, for one test, which may kill what it likes."""

from __future__ import annotations

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

ROOM = "chaos"


@dataclass
class Nodes:
    """See the module; `open_for` are the nodes that a balancer would send people to."""

    directory: Path
    redis_url: str
    stack: ExitStack
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    open_for: list[Server] = field(default_factory=list)
    started: int = 0

    def start(self) -> Server:
        """One more node."""
        self.started += 1
        server = self.stack.enter_context(self._running(f"n{self.started}"))
        self.open_for.append(server)
        return server

    def viewers(self, count: int, prefix: str = "v", role: str = "viewer") -> list[Viewer]:
        """People who are not there yet."""
        rooms = None if role == "viewer" else [ROOM]
        tokens = [self.open_for[0].token(f"{prefix}{n}", role=role, rooms=rooms) for n in range(count)]
        return [Viewer(ROOM, token, self._pick, self.chance) for token in tokens]

    def _pick(self) -> int:
        return self.chance.choice(self.open_for).port

    def _running(self, name: str) -> AbstractContextManager[Server]:
        return running_server(
            LIVEROOM_NODE=name,
            LIVEROOM_REDIS_URL=self.redis_url,
            LIVEROOM_DATA_DIR=str(self.directory),
            LIVEROOM_DRAIN_S="2",
            LIVEROOM_COMMANDS_PER_S="1000",
            LIVEROOM_COMMANDS_BURST="1000",
            LIVEROOM_HANDSHAKES_PER_S=str(SCALE.handshakes_per_s),
        )


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """What the nodes share."""
    with running_valkey() as valkey:
        yield valkey


@pytest.fixture
def nodes(valkey: Valkey, tmp_path: Path) -> Iterator[Nodes]:
    """Two of them, with a room in which a show runs."""
    with ExitStack() as stack:
        nodes = Nodes(tmp_path, valkey.url, stack)
        nodes.start().create_room(ROOM, comments_per_s=0)
        nodes.start()
        yield nodes
