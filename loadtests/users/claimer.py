"""Those who tap for coupons; some taps are sent twice, as a bad network does it."""

from __future__ import annotations

from typing import Any, Final

from loadtests.line.visit import Act
from loadtests.target.props import name_campaign
from loadtests.users.base import RoomUser

REPEATED: Final = 10
"""One tap of so many is sent again with the same key."""


class Claimer(RoomUser):
    """Taps, and remembers what the answer was."""

    def act(self, number: int, intended_ns: int) -> None:
        """Tap once, and perhaps the same tap a second time."""
        campaign = name_campaign(self.place.room)
        book = self.desk.ledger.coupon(campaign)
        book.stock = self.desk.profile.stock
        total = self.desk.ledger.total(f"coupon:{campaign}")
        total.note_first(-book.stock)
        tap = f"{self.place.number}.{number}"
        first: list[str | None] = []

        def on_ack(frame: dict[str, Any]) -> str | None:
            answer = frame.get("data", {})
            if answer.get("outcome") == "granted":
                book.note_grant(answer["grant"]["id"], tap)
                total.given.append((intended_ns, 1))
                first.append(answer["grant"]["id"])
            elif answer.get("outcome") == "sold_out":
                book.sold_out += 1
                first.append(None)
            else:
                return str(answer.get("outcome"))
            return None

        def on_repeat(frame: dict[str, Any]) -> str | None:
            grant = frame.get("data", {}).get("grant")
            if first:
                book.note_repeat(None if grant is None else grant["id"], first[0])
            return None

        key = f"{intended_ns:x}-k{self.place.number}-{number}"
        self.visit.act(Act("coupon", intended_ns, on_ack), "coupon.claim", {"campaign": campaign}, key)
        if (self.place.number + number) % REPEATED == 0:
            self.visit.act(Act("repeat", intended_ns, on_repeat), "coupon.claim", {"campaign": campaign}, key)
