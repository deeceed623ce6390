"""The process with the media engine that the workers of one supervisor share.

All settings come from the environment; `LIVEROOM_MEDIA_SOCKET` is where it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.media.shared.host import EngineHost
from liveroom.server.logs import configure_logs
from liveroom.server.media_engine import make_sfu
from liveroom.server.settings import Settings, load_settings
from liveroom.server.workers.child import REFUSED
from liveroom.server.workers.tether import tether


async def serve(settings: Settings) -> None:
    """Until SIGTERM."""
    if settings.media_socket is None:
        raise SystemExit(REFUSED)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    host = EngineHost(make_sfu(settings, LoopClock()))
    await host.start(settings.media_socket)
    await ended.wait()
    await host.stop()


def main() -> None:
    """Serve until SIGTERM, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(description="For `liveroom serve --workers`.")
    parser.add_argument("--parent", type=int, required=True)
    tether(parser.parse_args().parent)
    try:
        settings = load_settings()
        configure_logs(level=settings.log_level, format_=settings.log_format)
        asyncio.run(serve(settings))
    except RealtimeError as refused:
        sys.stderr.write(f"{refused.message}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
