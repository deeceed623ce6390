"""Those who give: every gift is measured to the event that shows it, and in a battle to the score as well."""

from __future__ import annotations

from typing import Any

from loadtests.line.points import Points
from loadtests.line.visit import Act
from loadtests.target.props import GIFT, GIFT_PRICE
from loadtests.users.base import RoomUser


class Gifter(RoomUser):
    """Sends gifts, one at a time; quick ones make a combo."""

    points: Points | None = None

    def act(self, number: int, intended_ns: int) -> None:
        """Send one. In a battle, only once its round runs: what is given before makes no points."""
        battle = self.desk.ledger.room(self.place.room).news.get("battle")
        if self.desk.profile.battle and battle is None:
            if intended_ns in self.desk.ledger.window:
                self.visit.hold_back("gift", intended_ns, "no battle runs")
            return

        def on_ack(frame: dict[str, Any]) -> str | None:
            given = frame.get("data", {})
            if given.get("outcome") != "sent":
                return str(given.get("reason") or given.get("outcome"))
            combo = given["combo"]
            self.desk.ledger.total(f"gift:{self.place.room}").given.append((intended_ns, 1))
            self.desk.ledger.mark(f"gift:{combo['id']}").given.append((combo["count"], intended_ns))
            if battle is not None:
                self._count_points(battle, intended_ns)
            return None

        key = f"{intended_ns:x}-g{self.place.number}-{number}"
        self.visit.act(Act("gift", intended_ns, on_ack), "gift.send", {"gift": GIFT}, key)

    def _count_points(self, battle: dict[str, Any], intended_ns: int) -> None:
        if self.points is None:
            self.points = Points(battle["score"])
        total = self.desk.ledger.total(f"battle:{battle['id']}.{self.place.room}")
        total.given.append((intended_ns, self.points.reckon(GIFT_PRICE)))
