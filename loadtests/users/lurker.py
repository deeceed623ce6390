"""Those who only watch: most of an audience. In a reconnect storm they are the ones who are cut off."""

from __future__ import annotations

import random

from loadtests.users.coming_back import ComesBack


class Lurker(ComesBack):
    """Reads everything, says nothing."""

    def plan(self) -> list[float]:
        """The storm, if there is one and this viewer is in it."""
        storm = self.desk.profile.storm
        if storm is None or random.Random(f"storm/{self.seed()}").random() >= storm.share:
            return []
        return [self.desk.profile.warmup_s + storm.after_s]

    def count_planned(self, due: list[float]) -> None:
        """A return after the storm is a resume like any other."""
        if due:
            self.desk.ledger.sends_of("resume").planned += len(due)

    def act(self, number: int, intended_ns: int) -> None:
        """Be cut off with all others; come back after a random part of the spread, as clients do."""
        storm = self.desk.profile.storm
        if storm is not None:
            self.cut_and_come_back(intended_ns, random.Random(f"back/{self.seed()}").random() * storm.spread_s)
