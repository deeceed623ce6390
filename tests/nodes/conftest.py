"""Two servers, a Valkey and a PostgreSQL, all real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.support.databases import Cluster, running_postgresql
from tests.support.server import Server, running_server
from tests.support.valkey import Valkey, running_valkey


class Deployment(NamedTuple):
    """Two nodes and what they share."""

    a: Server
    b: Server
    valkey: Valkey


@pytest.fixture(scope="package")
def postgresql() -> Iterator[Cluster]:
    """One database server for all tests."""
    with running_postgresql() as cluster:
        yield cluster


def start(stack: ExitStack, postgresql: Cluster) -> Deployment:
    """Start everything."""
    valkey = stack.enter_context(running_valkey())
    shared = {
        "LIVEROOM_REDIS_URL": valkey.url,
        "LIVEROOM_DATABASE_URL": postgresql.create(),
        "LIVEROOM_DATABASE_CONNECTIONS": "4",
        "LIVEROOM_DRAIN_S": "1",
    }
    a, b = (stack.enter_context(running_server(**shared, LIVEROOM_NODE=name)) for name in ("a", "b"))
    return Deployment(a, b, valkey)


@pytest.fixture(scope="module")
def nodes(postgresql: Cluster) -> Iterator[Deployment]:
    """Two nodes for a module whose tests leave them alive."""
    with ExitStack() as stack:
        yield start(stack, postgresql)


@pytest.fixture
def mortal(postgresql: Cluster) -> Iterator[Deployment]:
    """Two nodes for one test, which may kill what it likes."""
    with ExitStack() as stack:
        yield start(stack, postgresql)
