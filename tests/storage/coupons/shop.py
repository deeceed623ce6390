"""A node with a room and campaigns in it, as a shop and its viewers use it, without sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.requests import Answer
from liveroom.rooms.service import NewRoom
from liveroom.rooms.value.coupons.campaigns import CampaignReport
from liveroom.server.api.campaign_views import CreateCampaign
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.support.clock import START_MS

ROOM = "demo"
HOUR_MS = 3_600_000
FAR_MS = 2**52


class Shop:
    """See the module."""

    def __init__(self, url: str, directory: Path, clock: Clock) -> None:
        kept = {"data_dir": directory} if url.startswith("sqlite") else {"database_url": url}
        self.node = Node(load_settings(secret="x" * 40, **kept), clock)
        self.clock = clock

    async def open(self) -> None:
        """Start, and make the room unless it is there."""
        await self.node.start()
        if await self.node.store.load(ROOM) is None:
            scene = next(iter(self.node.rooms.scenes))
            new = NewRoom(ROOM, "t", scene, Person(id="host", name="h"), RoomSettings())
            await self.node.rooms.create(new, "op")

    async def campaign(self, activate: bool = True, **changes: Any) -> str:
        """Make a campaign of ten coupons that is open for an hour, and activate it; gives its id."""
        wanted = {
            "id": "c1",
            "name": "满减券",
            "currency": "CNY",
            "value": {"kind": "fixed", "amount": 500},
            "valid_s": 86_400,
            "drops": [{"ends_at": START_MS + HOUR_MS, "stock": 10}],
        }
        model = CreateCampaign.model_validate_json(orjson.dumps(wanted | changes))
        state = await self.node.value.coupons.campaigns.create(model.draft(ROOM), "op")
        if activate:
            await self.order("campaign.activate", campaign=state.id)
        return state.id

    async def call(self, identity: Identity, type_: str, key: str, data: dict[str, Any]) -> Answer:
        """Any command."""
        model = catalogue.commands[type_].model.model_validate_json(orjson.dumps(data))
        return await self.node.rooms.call(identity, ROOM, type_, model, key)

    async def order(self, type_: str, key: str | None = None, **data: Any) -> dict[str, Any]:
        """A command of the host; gives the campaign after it."""
        host = Identity(user_id="host", name="h", role=Role.HOST, rooms=frozenset({ROOM}), expires_at_ms=FAR_MS)
        answer = await self.call(host, type_, key or f"{type_}-{orjson.dumps(data).decode()}"[:64], data)
        changed: dict[str, Any] = orjson.loads(answer.data)["campaign"]
        return changed

    async def claim(self, user: str, key: str = "k1", **how: Any) -> dict[str, Any]:
        """A tap; gives the data of the ack, with `duplicate` where it is a repeat. `traits`: of the viewer."""
        traits = how.pop("traits", {})
        viewer = Identity(user_id=user, name=user, role=Role.VIEWER, expires_at_ms=FAR_MS, traits=traits)
        answer = await self.call(viewer, "coupon.claim", key, {"campaign": "c1"} | how)
        told: dict[str, Any] = orjson.loads(answer.data)
        return told | ({"duplicate": True} if answer.duplicate else {})

    async def report(self, campaign: str = "c1") -> CampaignReport:
        """What the campaign has come to; the counters agree with the rows."""
        report = await self.node.value.coupons.campaigns.report(ROOM, campaign)
        rows = await self.read(
            "SELECT drop_id, count(*), sum(amount) FROM coupon_grants WHERE campaign = :campaign"
            " AND status NOT IN ('released', 'revoked') GROUP BY drop_id",
            campaign=campaign,
        )
        held = {drop: (count, total) for drop, count, total in rows}
        for drop, tally in report.tallies.items():
            assert held.get(drop, (0, 0)) == (tally.held, tally.spent)
        return report

    async def read(self, statement: str, **values: Any) -> Sequence[Any]:
        """Rows of the database."""
        async with self.node.storage.database.read() as connection:
            return list(await connection.execute(text(statement), values))

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The sequenced events of the room so far, in order."""
        room = await self.node.rooms.room(ROOM)
        await self.node.storage.relay.drain()
        events = [orjson.loads(payload) for payload in room.fanout.ring.tail(0) or ()]
        return [(event["kind"], event["data"]) for event in events]

    async def webhooks(self) -> list[tuple[str, dict[str, Any]]]:
        """What the app's servers are told, oldest first: type and data."""
        rows = await self.read("SELECT payload FROM outbox WHERE lane = 'webhooks' ORDER BY id")
        return [(type_, data) for (payload,) in rows for type_, data in orjson.loads(bytes(payload))]

    async def stock(self) -> dict[str, Any]:
        """What viewers see as left, by campaign."""
        room = await self.node.rooms.room(ROOM)
        await self.node.storage.relay.drain()
        left: dict[str, Any] = orjson.loads(room.fanout.values["coupon_stock"])["campaigns"]
        return left


@asynccontextmanager
async def opened(url: str, directory: Path, clock: Clock) -> AsyncIterator[Shop]:
    """A shop that is open."""
    shop = Shop(url, directory, clock)
    await shop.open()
    try:
        yield shop
    finally:
        await shop.node.stop()
