"""What docker-compose.yml says, started as processes: the Valkey with its options, two nodes with their settings.

Only where the parts are differs: names of containers become addresses of this machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.deploy.compose import ROOT, environment_of, read_compose
from tests.nodes.watching import enter
from tests.support.databases import running_postgresql
from tests.support.ports import free_port
from tests.support.server import SECRET, Server, running_server
from tests.support.valkey import running_valkey

TOKEN = "the-metrics-token-of-these-tests"
VALUES = {"LIVEROOM_SECRET": SECRET, "POSTGRES_PASSWORD": "p", "LIVEROOM_METRICS_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Server]]:
    """Both nodes, in production."""
    services = read_compose(ROOT / "docker-compose.yml")["services"]
    program, *options = services["valkey"]["command"]
    assert program == "valkey-server"
    with ExitStack() as stack:
        valkey = stack.enter_context(running_valkey(*options))
        database = stack.enter_context(running_postgresql()).create()
        here = {"LIVEROOM_REDIS_URL": valkey.url, "LIVEROOM_DATABASE_URL": database}
        # The proxy of a test is on this machine.
        here["LIVEROOM_TRUSTED_PROXIES"] = "127.0.0.1"
        made = [environment_of(services[name], VALUES) | here for name in ("node-a", "node-b")]
        yield [stack.enter_context(running_server(**environment)) for environment in made]


def test_both_nodes_have_the_same_room(nodes: list[Server]) -> None:
    a, b = nodes
    room = a.create_room("evening", comments_per_s=0)
    with enter(a, "ann", room) as ann, enter(b, "ben", room) as ben:
        ann.comment("through the Valkey")
        ben.hear_text("through the Valkey")
        assert {ann.node, ben.node} == {"a", "b"}


def test_only_who_has_the_token_reads_the_metrics(nodes: list[Server]) -> None:
    for server in nodes:
        assert httpx.get(f"{server.address}/metrics", timeout=60).status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.7"}
        assert "liveroom_backplane_up 1.0" in httpx.get(f"{server.address}/metrics", headers=headers, timeout=60).text


def test_the_image_asks_the_node_itself_whether_it_lives(nodes: list[Server]) -> None:
    """On the port of the settings, and by no proxy that a container is given."""
    told = re.search(r"^HEALTHCHECK .*\\\n    CMD (\[.*\])$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert told is not None
    _, *words = json.loads(told[1])

    def ask(port: int) -> int:
        environment = {
            "LIVEROOM_PORT": str(port),
            "HTTP_PROXY": "http://127.0.0.1:1",
            "http_proxy": "http://127.0.0.1:1",
        }
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, timeout=60).returncode

    assert ask(nodes[0].port) == 0
    assert ask(free_port()) != 0
