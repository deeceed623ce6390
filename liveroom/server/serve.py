"""Starts the server of a node and runs it to its end."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn

from liveroom.realtime.clock import Clock
from liveroom.realtime.collection import settle_collection
from liveroom.server.application import make_application
from liveroom.server.backplane import require_backplane
from liveroom.server.db import prepare_storage
from liveroom.server.drain import DrainingServer
from liveroom.server.http_protocol import bind_http_protocol
from liveroom.server.moderation import require_words
from liveroom.server.node import Node
from liveroom.server.open_files import fit_open_files
from liveroom.server.settings import Settings
from liveroom.server.workers.siblings import Siblings

BACKLOG = 8_192
HTTP_GRACE_S = 3
START_FAILED = 3
"""Exit status when the server ends before it has begun to serve; the log says why."""


def make_server(
    settings: Settings, clock: Clock | None = None, siblings: Siblings | None = None
) -> tuple[DrainingServer, Node]:
    """A server that is ready to run: HTTP by FastAPI, `/ws` by our own protocol, one port."""
    node = Node(settings, clock, siblings)
    config = uvicorn.Config(
        make_application(node),
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=bind_http_protocol(node.gateway, settings.header_timeout_s),
        ws=node.gateway.protocol_class(),
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=HTTP_GRACE_S,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
    )
    return DrainingServer(config, node), node


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SceneFault, ServerError, DatabaseUnavailable: it cannot start.
    """
    run_server(prepare(settings))


def prepare(settings: Settings) -> Settings:
    """Find what keeps a server from starting before there is one; gives the settings as they fit this machine.

    Raises:
        ServerError, DatabaseUnavailable: it cannot start.
    """
    settings = fit_open_files(settings)
    require_words(settings)
    asyncio.run(prepare_storage(settings))
    asyncio.run(require_backplane(settings))
    return settings


def run_server(
    settings: Settings, *, siblings: Siblings | None = None, sockets: list[socket.socket] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, after `prepare` in this process or in the one that started it.

    Args:
        sockets: to listen on, instead of the address of the settings.
    """
    server, node = make_server(settings, siblings=siblings)
    node.storage.is_prepared = True
    settle_collection()
    server.run(sockets)
    if not server.started:
        sys.exit(START_FAILED)
