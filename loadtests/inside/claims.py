"""`python -m loadtests.inside.claims`: durable claims of coupons through the service of one node, as many as it can.

A claim takes the whole way behind the decoder of the socket: role, rate, handler, ledger, group commit, events and
stock through the outbox, answer as a frame. The plain form is the same node that puts one claim into a transaction.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import uvloop

from liveroom.realtime.collection import settle_collection
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.campaign import ActivateCampaign
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings, StartShow
from liveroom.rooms.service import NewRoom
from liveroom.server.api.campaign_views import CreateCampaign
from liveroom.server.db import make_database
from liveroom.server.node import Node
from liveroom.server.schema import upgrade
from liveroom.server.settings import Settings, load_settings
from loadtests.inside.line import FAR_MS, Crowd

ROOM = "bench"
CAMPAIGN = "claims"
HOUR_MS = 3_600_000
OPERATOR = Identity(user_id="operator", name="operator", role=Role.OPERATOR, expires_at_ms=FAR_MS)


async def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """Claims on one database, after a warm-up of a tenth as many."""
    settings = _make_settings(wanted.url, wanted.directory)
    if wanted.url is not None:
        await _make_tables(settings)
    node = Node(settings)
    if wanted.batch is not None:
        node.storage.ledger.limits = replace(node.storage.ledger.limits, batch=wanted.batch)
    await node.start()
    try:
        warmup = wanted.claims // 10
        await _prepare(node, wanted.claims + warmup)
        crowd = Crowd(node, ROOM, CAMPAIGN, wanted.claims + warmup, shuffled=wanted.shuffled)
        # As the server does when it has started.
        settle_collection()
        await crowd.tap(time.monotonic() + wanted.seconds, warmup, wanted.in_flight)
        before = crowd.outcomes.total()
        crowd.latencies_ns.clear()
        cpu_s = time.process_time()
        took_s = await crowd.tap(time.monotonic() + wanted.seconds, wanted.claims, wanted.in_flight)
        cpu_s = time.process_time() - cpu_s
        report = await node.value.coupons.campaigns.report(ROOM, CAMPAIGN)
    finally:
        await node.stop()
    return _describe(crowd, before, took_s, cpu_s, report.issued)


def _describe(crowd: Crowd, before: int, took_s: float, cpu_s: float, kept: int) -> dict[str, Any]:
    answered = crowd.outcomes.total() - before
    in_order = sorted(crowd.latencies_ns)
    return {
        "claims_per_s": round(answered / took_s),
        "p50_ms": round(in_order[answered // 2] / 1e6, 1),
        "p99_ms": round(in_order[answered * 99 // 100] / 1e6, 1),
        "max_ms": round(in_order[-1] / 1e6, 1),
        "claims": answered,
        "cpu_us_per_claim": round(cpu_s / answered * 1e6, 1),
        "outcomes": dict(crowd.outcomes),
        "kept": kept,
    }


def _make_settings(url: str | None, directory: Path) -> Settings:
    kept: dict[str, Any] = {"data_dir": directory} if url is None else {"database_url": url}
    return load_settings(secret="of-a-run-that-is-thrown-away", log_level="warning", **kept)  # noqa: S106 - as it says


async def _make_tables(settings: Settings) -> None:
    database = make_database(settings)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def _prepare(node: Node, stock: int) -> None:
    scene = next(iter(node.rooms.scenes))
    await node.rooms.create(NewRoom(ROOM, "Benchmark", scene, Person(id="host", name="Host"), RoomSettings()), "bench")
    # A room in which nobody is and no show runs is put away after a while.
    await node.rooms.call(OPERATOR, ROOM, "room.go_live", StartShow(), "live")
    wanted = {
        "id": CAMPAIGN,
        "name": "Claims",
        "currency": "CNY",
        "value": {"kind": "fixed", "amount": 500},
        "valid_s": 86_400,
        "drops": [{"ends_at": node.clock.now_ms() + HOUR_MS, "stock": stock}],
    }
    draft = CreateCampaign.model_validate_json(orjson.dumps(wanted)).draft(ROOM)
    await node.value.coupons.campaigns.create(draft, "bench")
    await node.rooms.call(OPERATOR, ROOM, "campaign.activate", ActivateCampaign(campaign=CAMPAIGN), "activate")
    await node.storage.relay.drain()


def main() -> None:
    """Print what was measured as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="PostgreSQL; without it SQLite in the directory")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--claims", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="longest time")
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--batch", type=int, help="most claims in one transaction; without it as the product does")
    parser.add_argument("--shuffled", action="store_true")
    print(json.dumps(uvloop.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
