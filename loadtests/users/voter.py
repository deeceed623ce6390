"""Those who vote: once in every poll that the host opens."""

from __future__ import annotations

from typing import Any

from loadtests.line.visit import Act
from loadtests.plan.arrivals import plan_turns
from loadtests.users.base import RoomUser


class Voter(RoomUser):
    """Taps one of two choices."""

    def plan(self) -> list[float]:
        """Once in the time of each poll."""
        profile = self.desk.profile
        return plan_turns(profile.poll_s, profile.end_s, self.seed())

    def act(self, number: int, intended_ns: int) -> None:
        """Vote in the poll that is open."""
        poll = self.desk.ledger.room(self.place.room).news.get("poll")
        if poll is None:
            self.visit.hold_back("vote", intended_ns, "no poll is open")
            return

        def on_ack(frame: dict[str, Any]) -> str | None:
            outcome = frame.get("data", {}).get("outcome")
            if outcome != "counted":
                return str(outcome)
            self.desk.ledger.total(f"vote:{poll}").given.append((intended_ns, 1))
            return None

        data = {"poll": poll, "choices": ["ab"[(self.place.number + number) % 2]]}
        key = f"{intended_ns:x}-v{self.place.number}-{number}"
        self.visit.act(Act("vote", intended_ns, on_ack), "poll.vote", data, key)
