"""Those who tap the heart; a client sums taps up and sends them together."""

from __future__ import annotations

import random
from typing import Any, Final

from loadtests.line.visit import Act
from loadtests.users.base import RoomUser

MOST_TAPS: Final = 8


class Liker(RoomUser):
    """Sends batches of likes."""

    def act(self, number: int, intended_ns: int) -> None:
        """Send one batch."""
        count = random.Random(f"{self.seed()}/{number}").randint(1, MOST_TAPS)

        def on_ack(frame: dict[str, Any]) -> None:
            self.desk.ledger.total(f"like:{self.place.room}").given.append((intended_ns, count))

        self.visit.act(Act("like", intended_ns, on_ack), "like.send", {"count": count})
