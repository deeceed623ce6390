"""A viewer on a bad network: cut off again and again, and back a moment later."""

from __future__ import annotations

import random

from loadtests.plan.arrivals import plan_rounds
from loadtests.users.coming_back import ComesBack


class Returner(ComesBack):
    """Loses the connection in every round of its plan."""

    def plan(self) -> list[float]:
        """Rounds that end inside the window, so that nobody is away when the run is counted."""
        profile = self.desk.profile
        wanted = profile.acts["return"]
        due = plan_rounds(wanted.per_s / wanted.users, profile.end_s, self.seed())
        return [at for at in due if profile.warmup_s <= at < profile.end_s - 2 * profile.away_s]

    def act(self, number: int, intended_ns: int) -> None:
        """Be away for a random part of the profile's time."""
        away_s = random.Random(f"{self.seed()}/{number}").random() * self.desk.profile.away_s
        self.cut_and_come_back(intended_ns, away_s)
