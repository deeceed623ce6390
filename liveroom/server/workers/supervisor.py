"""`liveroom serve --workers N`: starts the workers and what they share, keeps them running, and ends them in order.

Promise: a worker that ends is started again, with pauses (pauses.py). SIGTERM or SIGINT drains all workers at the same
time, then ends what they share; the exit status is 0 when all of them drained. Nothing stays behind, also when this
process is killed (tether.py).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from liveroom.realtime.collection import settle_collection
from liveroom.server.drain import ANSWER_S
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.serve import HTTP_GRACE_S, prepare
from liveroom.server.settings import Settings
from liveroom.server.workers.child import REFUSED, Child, ChildRefused
from liveroom.server.workers.door import reserve
from liveroom.server.workers.private_valkey import find_program, make_valkey

logger = logging.getLogger(__name__)

SPARE_S = 10.0
"""For the storage of a worker, after its drain."""
MEDIA_END_S = 8.0
"""For the engine to end its own workers."""
NODE_CHARS = 60


def run_workers(settings: Settings, count: int) -> None:
    """Serve with `count` processes until SIGTERM or SIGINT.

    Raises:
        SceneFault, ServerError, DatabaseUnavailable: they cannot start.
    """
    if sys.platform != "linux":
        raise ConfigurationRefused(["--workers: needs Linux, whose kernel spreads connections over processes"])
    _look_at_media(settings)
    program = find_program() if settings.redis_url is None else None
    settings = prepare(settings)
    settle_collection()
    with ExitStack() as stack:
        port, held = reserve(settings.host, settings.port)
        for each in held:
            stack.enter_context(each)
        directory = Path(stack.enter_context(_make_directory()))
        status = asyncio.run(_supervise(settings, count, port, directory, program))
    sys.exit(status)


def _look_at_media(settings: Settings) -> None:
    """Say where audio and video cannot be guessed: people of one stage may be on another machine."""
    if settings.media == "off" and settings.media_engine == "auto":
        logger.warning("media_off", extra={"reason": "nodes that share a Redis need LIVEROOM_LIVEKIT_URL"})


def _make_directory() -> tempfile.TemporaryDirectory[str]:
    """For sockets between the workers; for its owner only."""
    try:
        return tempfile.TemporaryDirectory(prefix="liveroom-")
    except OSError as error:
        text = f"TMPDIR: workers need a directory for sockets between them: {error.strerror}"
        raise ConfigurationRefused([text]) from None


async def _supervise(settings: Settings, count: int, port: int, directory: Path, program: str | None) -> int:
    shared: list[Child] = []
    env = {**os.environ, "LIVEROOM_HOST": settings.host, "LIVEROOM_PORT": str(port)}
    if program is not None:
        valkey, env["LIVEROOM_REDIS_URL"] = make_valkey(program, directory)
        shared.append(valkey)
    if settings.media == "sfu":
        env["LIVEROOM_MEDIA_SOCKET"] = str(directory / "media")
        env["LIVEROOM_MEDIA_ENGINE"] = "sfu"
        shared.append(_make_media(env))
    workers = [_make_worker(settings, number, count, directory, env) for number in range(1, count + 1)]
    logger.info("workers_started", extra={"workers": count, "port": port})
    sharing = [asyncio.create_task(each.run()) for each in shared]
    try:
        return await _run_until_told(workers)
    finally:
        for each in shared:
            each.end()
        await asyncio.gather(*sharing, return_exceptions=True)


async def _run_until_told(workers: list[Child]) -> int:
    """Run until a signal, or until one of them can never start; gives the exit status for all."""

    def end(number: signal.Signals) -> None:
        for each in workers:
            each.end(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    running = [asyncio.create_task(each.run()) for each in workers]
    await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
    end(signal.SIGTERM)  # if one was refused
    ended = await asyncio.gather(*running, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException) and not isinstance(each, ChildRefused):
            raise each
    if any(isinstance(each, ChildRefused) for each in ended):
        return REFUSED
    # A worker that was told before it had begun ends by the signal itself.
    return 0 if set(ended) <= {0, -signal.SIGTERM, -signal.SIGINT} else 1


def _make_media(env: dict[str, str]) -> Child:
    """The process with the engine that all workers share, so that people of one stage may be at any of them."""
    command = [sys.executable, "-P", "-m", "liveroom.server.workers.media_host", "--parent", str(os.getpid())]
    return Child("media", command, env, end_s=MEDIA_END_S)


def _make_worker(settings: Settings, number: int, count: int, directory: Path, env: dict[str, str]) -> Child:
    words = [
        "--parent",
        str(os.getpid()),
        "--number",
        str(number),
        "--count",
        str(count),
        "--directory",
        str(directory),
    ]
    command = [sys.executable, "-P", "-m", "liveroom.server.workers.worker", *words]
    node = f"{settings.node[:NODE_CHARS]}-{number}"
    end_s = settings.drain_s + ANSWER_S + HTTP_GRACE_S + SPARE_S
    return Child(f"worker {number}", command, {**env, "LIVEROOM_NODE": node}, end_s=end_s)
