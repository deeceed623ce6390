"""What stages do to the comments of the same server: the same room full of viewers, without and with them.

Server and media worker share one core and all load the other, so this is the worst case of a small machine.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import aioice.ice
import uvloop
from aiortc import RTCCertificate

from loadtests.bench.cohost.forwarding import Session, send
from loadtests.bench.crowd import Crowd
from loadtests.bench.errors import ServerFailed
from loadtests.bench.fanout import FanoutRun, Load
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import ROOM, LiveServer
from loadtests.bench.machine import Cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.stage import run_server
from loadtests.bench.tokens import TokenMaker

SESSIONS = 6
VIEWERS, MESSAGES_PER_S = 300, 50.0
SECONDS, WARMUP_S = 8.0, 2.0
JOINS_PER_S = 300.0
OPEN_S = 60.0
HOLD_S = 120.0
PERCENT = 99


def measure(cores: Cores, seed: int, progress: Progress) -> dict[str, Any]:
    """The p99 of comments without and with sessions. Raises BenchError."""
    alone_ms = _measure(cores, seed, progress, 0)
    beside_ms = _measure(cores, seed, progress, SESSIONS)
    return {
        "comment_p99_alone_ms": alone_ms,
        f"comment_p99_beside_{SESSIONS}_sessions_ms": beside_ms,
        "comment_p99_change": round(beside_ms / alone_ms - 1, 3) if alone_ms else None,
    }


def _measure(cores: Cores, seed: int, progress: Progress, sessions: int) -> float:
    stages = [f"stage-{number}" for number in range(sessions)]
    environment = {"LIVEROOM_MEDIA_MOST_LOAD": "1"}
    server = LiveServer(VIEWERS + 4 * sessions, rooms=(ROOM, *stages), environment=environment)
    load = Load(VIEWERS, MESSAGES_PER_S, SECONDS, WARMUP_S, JOINS_PER_S, seed)
    with run_server(server, cores) as (process, port), pinned(cores.generator), _carried(server, port, stages):
        crowd = Crowd(server, port, seed, progress)
        try:
            measured = FanoutRun(f"{sessions} sessions", load, crowd, process, progress).perform(server.speakers)
        finally:
            crowd.close()
    return measured.account.latency.percentile_ms(PERCENT)


@contextmanager
def _carried(server: LiveServer, port: int, rooms: list[str]) -> Iterator[None]:
    """People on the stages of these rooms, in a process of their own. Raises ServerFailed."""
    if not rooms:
        yield
        return
    here, there = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    carrier = context.Process(target=_carry, args=(server.tokens, port, rooms, there), daemon=True)
    carrier.start()
    there.close()
    try:
        if not here.poll(OPEN_S) or not here.recv():
            raise ServerFailed(f"nobody was on the stages within {OPEN_S:g} s")
        yield
    except EOFError:
        raise ServerFailed("the people on the stages could not be connected") from None
    finally:
        carrier.kill()
        carrier.join()


def _carry(tokens: TokenMaker, port: int, rooms: list[str], ready: Connection) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    os.nice(5)  # pictures may be late here; what is measured is the comments
    uvloop.run(_hold(tokens, port, rooms, ready))


async def _hold(tokens: TokenMaker, port: int, rooms: list[str], ready: Connection) -> None:
    certificate = RTCCertificate.generateCertificate()
    sessions = [Session(room, Histogram()) for room in rooms]
    for session in sessions:
        await session.open(port, tokens, certificate)
    ready.send(True)
    await send([peer for session in sessions for peer in session.peers], HOLD_S)
