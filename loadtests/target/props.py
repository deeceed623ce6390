"""What users need in the rooms of a run: a gift to give, coupons to tap for.

Made before the first user comes, taken away afterwards. Without a key for the interface nothing is made.
"""

from __future__ import annotations

import time
from typing import Final

from loadtests.plan.profiles import Profile
from loadtests.target.errors import TargetRefused
from loadtests.target.interface import Interface

GIFT: Final = "loadtest"
GIFT_PRICE: Final = 100
PER_USER: Final = 100
"""Coupons one claimer can have: the most that a campaign allows."""
SPARE_S: Final = 3600
"""A campaign outlives its run by this much."""
_GIFT: Final = {"names": {"zh": "压测", "en": "Load test"}, "price": GIFT_PRICE, "effect": "none", "icon": "🎈"}


def name_campaign(room: str) -> str:
    """The campaign of this room."""
    return room.replace("-", "_").replace(".", "_").lower()[-32:]


def make_props(interface: Interface, profile: Profile, rooms: list[str]) -> None:
    """Make what this profile needs. Raises TargetRefused."""
    if "gift" in profile.acts:
        interface.demand("PUT", f"/api/v1/gifts/{GIFT}", {**_GIFT, "status": "on"})
        if not interface.read("/api/v1/gifts")["open"]:
            raise TargetRefused(
                "viewers cannot give gifts on this server (LIVEROOM_GIFT_BILLING), and the profile has gifts; "
                "leave them out (--without gift)"
            )
    if "claim" in profile.acts:
        for room in rooms:
            _make_campaign(interface, room, profile)


def _make_campaign(interface: Interface, room: str, profile: Profile) -> None:
    campaign = name_campaign(room)
    ends_at = int((time.time() + profile.end_s + SPARE_S) * 1000)
    wanted = {
        "id": campaign,
        "name": "Load test",
        "currency": "CNY",
        "value": {"kind": "fixed", "amount": 100},
        "per_user": PER_USER,
        "per_drop": PER_USER,
        "valid_s": 60,
        "drops": [{"ends_at": ends_at, "stock": profile.stock}],
    }
    interface.demand("POST", f"/api/v1/rooms/{room}/campaigns", wanted)
    interface.demand("POST", f"/api/v1/rooms/{room}/campaigns/{campaign}/activate", {})


def remove_props(interface: Interface, profile: Profile, rooms: list[str]) -> None:
    """Take the gift off the shelf and end the campaigns. Raises TargetRefused."""
    if "gift" in profile.acts:
        interface.demand("PUT", f"/api/v1/gifts/{GIFT}", {**_GIFT, "status": "off"})
    if "claim" in profile.acts:
        for room in rooms:
            interface.demand("POST", f"/api/v1/rooms/{room}/campaigns/{name_campaign(room)}/end", {})
