"""Campaigns as tests need them."""

from __future__ import annotations

from typing import Any

from liveroom.rooms.messages.campaign import Audience, CampaignStatus, FixedValue, RandomValue
from liveroom.rooms.rules.campaign_state import CampaignState
from liveroom.rooms.rules.drops import Drop
from tests.rooms.builders import NOW

HOUR_MS = 3_600_000
SEED = "5e" * 16
FIXED = FixedValue(kind="fixed", amount=500)
RANDOM = RandomValue(kind="random", min=1, max=900)


def make_campaign(**changes: Any) -> CampaignState:
    """An active campaign of one drop that is open for an hour, ten coupons of 5.00 each; `changes` of its fields."""
    fields: dict[str, Any] = {
        "id": "c1",
        "room": "demo",
        "name": "满减券",
        "currency": "CNY",
        "status": CampaignStatus.ACTIVE,
        "value": FIXED,
        "per_user": 1,
        "per_drop": 1,
        "audience": Audience(),
        "valid_s": 86_400,
        "ends_at_ms": None,
        "drops": (make_drop(),),
        "seed": SEED,
        "created_at_ms": NOW,
    }
    return CampaignState(**fields | changes)


def make_drop(number: int = 1, **changes: Any) -> Drop:
    """A drop that is open for an hour and has ten coupons."""
    fields: dict[str, Any] = {"starts_at_ms": NOW, "ends_at_ms": NOW + HOUR_MS, "stock": 10}
    return Drop(f"d{number}", **fields | changes)
