"""Two servers, a Valkey and a PostgreSQL, all real processes, and the same for all tests, which leave them alive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

import pytest

from tests.support.databases import Cluster, running_postgresql
from tests.support.server import Server, running_server
from tests.support.valkey import Valkey, running_valkey


class Shared(NamedTuple):
    """What nodes share."""

    valkey: Valkey
    database: str

    def run_node(self, name: str) -> AbstractContextManager[Server]:
        """One more node, for as long as it is wanted."""
        return running_server(
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
    with running_valkey() as valkey:
        shared = Shared(valkey, postgresql.create())
        with shared.run_node("a") as a, shared.run_node("b") as b:
            yield Deployment(a, b, shared)
