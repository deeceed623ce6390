"""One of several processes on a port, started by the supervisor: `liveroom serve` with a place among its siblings.

All settings come from the environment, which the supervisor has completed: the port it holds, a name, the Valkey.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import structlog

from liveroom.realtime.errors import RealtimeError
from liveroom.server.logs import configure_logs
from liveroom.server.serve import run_server
from liveroom.server.settings import load_settings
from liveroom.server.workers.child import REFUSED
from liveroom.server.workers.door import open_sockets
from liveroom.server.workers.siblings import Siblings
from liveroom.server.workers.tether import tether


def main() -> None:
    """Serve until SIGTERM, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(description="For `liveroom serve --workers`.")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    place = parser.parse_args()
    tether(place.parent)
    try:
        settings = load_settings()
        configure_logs(level=settings.log_level, format_=settings.log_format)
        structlog.contextvars.bind_contextvars(worker=place.number)
        sockets = open_sockets(settings.host, settings.port, is_shared=True)
        run_server(settings, siblings=Siblings(place.directory, place.number, place.count), sockets=sockets)
    except RealtimeError as refused:
        sys.stderr.write(f"{refused.message}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
