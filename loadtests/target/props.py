"""What a run makes on a deployment, and takes away again: its rooms, a gift to give, coupons to tap for.

Promise: before anything is made it is known whether it can be used; whatever may have been made is taken away, each
thing for itself, so that one refusal leaves no other behind. Without a key for the interface nothing is made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
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
REMOVE_S: Final = 60.0
"""A deployment that has not let everything be taken away by then is left alone."""
_GIFT: Final = {"names": {"zh": "压测", "en": "Load test"}, "price": GIFT_PRICE, "effect": "none", "icon": "🎈"}
_GONE: Final = 404


def name_campaign(room: str) -> str:
    """The campaign of this room."""
    return room.replace("-", "_").replace(".", "_").lower()[-32:]


class Props:
    """What one run has on the deployment."""

    def __init__(self, interface: Interface, now_s: Callable[[], float] = time.monotonic) -> None:
        """Nothing yet."""
        self._interface = interface
        self._now_s = now_s
        self._removals: list[Callable[[], None]] = []
        """How to take away what may be there, the newest last."""

    def make(self, profile: Profile, rooms: list[str]) -> None:
        """Make what this profile needs. Raises TargetRefused; what was made until then is still to be removed."""
        interface = self._interface
        if not interface.can_make_rooms:
            return
        if "gift" in profile.acts and not interface.read("/api/v1/gifts")["open"]:
            raise TargetRefused(
                "viewers cannot give gifts on this server (LIVEROOM_GIFT_BILLING), and the profile has gifts; "
                "leave them out (--without gift)"
            )
        for number, room in enumerate(rooms):
            make_room = partial(interface.make_room, room, f"{room}-Host-{number}")
            self._make(make_room, partial(interface.end_room, room))
        if "gift" in profile.acts:
            self._make(partial(self._shelve_gift, "on"), partial(self._shelve_gift, "off"))
        if "claim" in profile.acts:
            for room in rooms:
                self._make(partial(self._make_campaign, room, profile), partial(self._end_campaign, room))

    def _make(self, make: Callable[[], None], remove: Callable[[], None]) -> None:
        # Before it is made: what was not answered may have been done.
        self._removals.append(remove)
        make()

    def remove(self) -> list[str]:
        """Take everything away; what was refused, for people. A second call does what is still to be done: nothing."""
        left: list[str] = []
        until_s = self._now_s() + REMOVE_S
        while self._removals:
            if self._now_s() > until_s:
                left.append(f"and {len(self._removals)} more, for which there was no time")
                self._removals.clear()
                break
            try:
                self._removals[-1]()
            except TargetRefused as refused:
                if refused.status != _GONE:
                    left.append(str(refused))
            # Only now: whoever is broken off here leaves it to the next call.
            self._removals.pop()
        return left

    def _shelve_gift(self, status: str) -> None:
        self._interface.demand("PUT", f"/api/v1/gifts/{GIFT}", {**_GIFT, "status": status})

    def _make_campaign(self, room: str, profile: Profile) -> None:
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
        self._interface.demand("POST", f"/api/v1/rooms/{room}/campaigns", wanted)
        self._interface.demand("POST", f"/api/v1/rooms/{room}/campaigns/{campaign}/activate", {})

    def _end_campaign(self, room: str) -> None:
        self._interface.demand("POST", f"/api/v1/rooms/{room}/campaigns/{name_campaign(room)}/end", {})
