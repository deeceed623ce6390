"""`liveroom bench cohost`: how soon people on a stage see each other, and what forwarding them costs.

Each part has a server of its own. The load of packets is made by peers with aiortc's transports, pictures by Chromium.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Any

import aioice.ice
import uvloop
from playwright.async_api import Browser

from loadtests.bench.cohost import beside, decoding, forwarding
from loadtests.bench.cohost.network import SlowNetwork
from loadtests.bench.cohost.pages import Pages, with_browser
from loadtests.bench.compare import describe_run
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import ROOM, LiveServer
from loadtests.bench.machine import Cores, describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.stage import run_server
from loadtests.bench.verdict import GENERATOR_CPU_LIMIT

RTT_S = 0.1
LOSS = 0.05
LOSS_RTT_S = 0.04
LOSS_COUNT_S = 10.0
ACCEPTS = 10
DELIVERED_SHARE = 0.999
OPEN = {"LIVEROOM_ALLOWED_ORIGINS": "*"}
"""The pages come to the socket through a relay, which has another port."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Args:
        sessions: rooms with a host and three guests, all sending.
        seconds: measured time of forwarding.
        tries: times that a guest is accepted, in each of warm, cold and slow.
    """

    sessions: int
    seconds: float
    tries: int
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure all, and return the report. Raises BenchError."""
    # The load reaches the server at this machine alone, whatever networks there are.
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    cores = pick_cores()
    progress.tell(f"{plan.sessions} sessions of four people for {plan.seconds:g} s")
    forwarded = _forward(plan, cores)
    progress.tell("comments without and beside sessions")
    comments = beside.measure(cores, plan.seed, progress)
    progress.tell("from accept to the first packet")
    packets = _accept(cores)
    progress.tell("what decoding and encoding would cost")
    with pinned(cores.generator):
        coding = decoding.measure()
    progress.tell("pictures in two browsers: warm, cold, 100 ms away, with losses")
    pictures = asyncio.run(_watch(plan))
    figures = forwarded.as_report()
    per_stream = figures["cpu_per_stream"]
    limits = [] if forwarded.load_cpu < GENERATOR_CPU_LIMIT else [f"it used {forwarded.load_cpu:.0%} of its core"]
    return {
        "warm_first_packet_p95_ms": packets.percentile_ms(95),
        **pictures,
        **comments,
        **figures,
        "sessions_at_a_full_core": math.floor(forwarded.sessions / forwarded.worker_cpu) if forwarded.worker_cpu else 0,
        "coding_cpu_per_stream": round(coding, 4),
        "coding_costs_times": round(coding / per_stream, 1) if per_stream else None,
        "correct": figures["delivered_share"] >= DELIVERED_SHARE,
        "generator_was_the_limit": bool(limits),
        "generator_limits": limits,
        **describe_run(plan.seed, cores, describe_machine()),
    }


def _forward(plan: Plan, cores: Cores) -> forwarding.Forwarded:
    rooms = [f"bench-{number}" for number in range(plan.sessions)]
    server = LiveServer(plan.sessions * 4, rooms=tuple(rooms), environment={"LIVEROOM_MEDIA_MOST_LOAD": "1"})
    with run_server(server, cores) as (process, port), pinned(cores.generator):
        return uvloop.run(forwarding.measure(server, process, port, rooms, plan.seconds))


def _accept(cores: Cores) -> Histogram:
    server = LiveServer(10)
    with run_server(server, cores) as (_, port), pinned(cores.generator):
        return uvloop.run(forwarding.measure_accepts(server, port, ROOM, ACCEPTS))


async def _watch(plan: Plan) -> dict[str, Any]:
    async def work(browser: Browser) -> dict[str, Any]:
        warm = await _seat(browser, plan.tries, warm=True)
        cold = await _seat(browser, plan.tries, warm=False)
        far = await _seat(browser, plan.tries, warm=True, network=SlowNetwork(RTT_S / 2, 0.0, plan.seed))
        lossy = SlowNetwork(LOSS_RTT_S / 2, LOSS, plan.seed)
        counted = await _count(browser, lossy)
        return {
            "warm_first_frame_p95_ms": warm.percentile_ms(95),
            "warm_first_frame_p50_ms": warm.percentile_ms(50),
            "cold_first_frame_p95_ms": cold.percentile_ms(95),
            "cold_first_frame_p50_ms": cold.percentile_ms(50),
            "rtt_100_warm_first_frame_p95_ms": far.percentile_ms(95),
            "rtt_100_warm_first_frame_p50_ms": far.percentile_ms(50),
            "loss_5_percent_decoded_share": counted["decoded_share"],
            "first_frames": warm.count,
        }

    found: dict[str, Any] = await with_browser(work)
    return found


async def _seat(browser: Browser, tries: int, *, warm: bool, network: SlowNetwork | None = None) -> Histogram:
    found = Histogram()
    server = LiveServer(10, environment=OPEN)
    with run_server(server, None) as (_, port):
        pages = Pages(server, port, ROOM, network)
        await pages.open(browser)
        for _ in range(tries):
            for took_ms in (await pages.seat(warm=warm)).values():
                found.add(int(1e6 * took_ms))
            await pages.leave()
        await pages.close()
    if network is not None:
        await network.close()
    return found


async def _count(browser: Browser, network: SlowNetwork) -> dict[str, float]:
    server = LiveServer(10, environment=OPEN)
    with run_server(server, None) as (_, port):
        pages = Pages(server, port, ROOM, network)
        await pages.open(browser)
        await pages.seat(warm=True)
        counted = await pages.count(LOSS_COUNT_S)
        await pages.close()
    await network.close()
    return counted
