"""Coupons of a node: their parts, put together.

Promise: after `start` claims can be taken, and what is due is carried out; `stop` leaves nothing running.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.rooms.area import Area
from liveroom.rooms.ledger import Decider
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.value.coupons.campaign_decider import CHANGE, CampaignDecider
from liveroom.rooms.value.coupons.campaigns import Campaigns
from liveroom.rooms.value.coupons.claim_decider import CLAIM, ClaimDecider
from liveroom.rooms.value.coupons.coupon_clock import CouponClock
from liveroom.rooms.value.coupons.grant_decider import MOVE, GrantDecider
from liveroom.rooms.value.coupons.grant_desk import GrantDesk
from liveroom.rooms.value.coupons.handlers import CouponHandlers
from liveroom.rooms.value.coupons.holders import Holders
from liveroom.rooms.value.coupons.room_campaigns import RoomCampaigns
from liveroom.rooms.value.coupons.telemetry import CouponTelemetry, read_outcome
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_coupon_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of coupons, by the kind of fact they rule on."""
    return {
        CLAIM: ClaimDecider(settings.dialect),
        CHANGE: CampaignDecider(settings.dialect),
        MOVE: GrantDecider(settings.dialect),
    }


class Coupons(Area):
    """See the module."""

    def __init__(self, means: AreaMeans, telemetry: CouponTelemetry) -> None:
        storage, clock, backplane = means.storage, means.clock, means.hub.backplane
        database = storage.database
        self.campaigns = Campaigns(database, storage.documents, clock)
        self.grants = GrantDesk(database, storage.ledger, backplane, clock)
        self.shown = RoomCampaigns(database, means.boards)
        self.holders = Holders(database, clock)
        self.handlers = CouponHandlers(self.holders).by_command()
        self._clock = CouponClock(database, storage.documents, storage.ledger, clock)
        self._telemetry = telemetry

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        return {"campaigns": await self.shown.load(room)}

    def count(self, type_: str, data: bytes, duplicate: bool) -> None:
        """A command of the desk was answered."""
        if type_ == CLAIM:
            self._telemetry.claim_answered(read_outcome(data), duplicate=duplicate)

    async def start(self) -> None:
        """Begin to carry out what is due; the ledger runs by now."""
        self._clock.start()

    async def stop(self) -> None:
        """End; what is due later is found at the next start."""
        await self._clock.stop()
        await self.holders.stop()
