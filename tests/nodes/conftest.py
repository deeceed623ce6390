"""Two servers, a Valkey and a PostgreSQL, all real processes, and the same for all tests, which leave them alive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import pytest

from tests.nodes.watching import PATIENCE_S
from tests.support.databases import Cluster, running_postgresql
from tests.support.server import Server, running_server
from tests.support.valkey import Valkey, running_valkey

NEVER_S = 3_600.0
ALONE = {
    "liveroom.realtime.backplane.redis.watch.LOOK_EVERY": NEVER_S,
    "liveroom.rooms.desk.STEP_S": NEVER_S,
    "liveroom.rooms.pipeline.STEP_S": NEVER_S,
    "liveroom.rooms.storage.relay.RETRY_MS": NEVER_S * 1000,
    "liveroom.server.doorkeeper.LOOK_S": NEVER_S,
}
"""What else would come, some seconds later, should the way that is tested not work: a node that looks by itself, a
command that is given up, a try that follows tries that became rarer. Without it whatever comes has come that way, and
no test has to say how soon it must, on a machine that has other things to do."""
PATIENT = ALONE | {
    "liveroom.realtime.backplane.redis.caller.ANSWER_S": PATIENCE_S,
    "liveroom.realtime.backplane.redis.dial.DIAL_S": PATIENCE_S,
    "liveroom.realtime.backplane.redis.link.ANSWER_S": PATIENCE_S,
    "liveroom.realtime.backplane.redis.listener.ANSWER_S": PATIENCE_S,
}
"""Nodes that wait for a Valkey which has no processor for a while, for tests in which it is never away."""


class Shared(NamedTuple):
    """What nodes share."""

    valkey: Valkey
    database: str
    constants: Mapping[str, float]

    def run_node(self, name: str) -> AbstractContextManager[Server]:
        """One more node, for as long as it is wanted."""
        return running_server(
            constants=self.constants,
            LIVEROOM_NODE=name,
            LIVEROOM_REDIS_URL=self.valkey.url,
            LIVEROOM_DATABASE_URL=self.database,
            LIVEROOM_DATABASE_CONNECTIONS="4",
            LIVEROOM_DRAIN_S="1",
        )


class Deployment(NamedTuple):
    """Two nodes and what they share."""

    a: Server
    b: Server
    shared: Shared


@pytest.fixture(scope="package")
def postgresql() -> Iterator[Cluster]:
    """One database server for all tests."""
    with running_postgresql() as cluster:
        yield cluster


@pytest.fixture(scope="package")
def nodes(postgresql: Cluster) -> Iterator[Deployment]:
    """See the module; rooms and people have names of their own in each test."""
    with running_nodes(postgresql, PATIENT) as nodes:
        yield nodes


@contextmanager
def running_nodes(postgresql: Cluster, constants: Mapping[str, float]) -> Iterator[Deployment]:
    """Start two nodes, and what they share."""
    with running_valkey() as valkey:
        shared = Shared(valkey, postgresql.create(), constants)
        with shared.run_node("a") as a, shared.run_node("b") as b:
            yield Deployment(a, b, shared)
