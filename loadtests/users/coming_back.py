"""A viewer who loses the connection and comes back to where it was."""

from __future__ import annotations

from loadtests.line.errors import LineError
from loadtests.plan.kinds import EACH
from loadtests.users.base import RoomUser


class ComesBack(RoomUser):
    """Can be cut off and resume."""

    abstract = True

    def cut_and_come_back(self, cut_ns: int, away_s: float) -> None:
        """Drop the line now; return `away_s` after `cut_ns`, which is when the measured time begins."""
        self.visit.cut()
        intended_ns = self.desk.sleep_until((cut_ns - self.desk.start_ns) / 1e9 + away_s)
        sends = self.desk.ledger.sends_of("resume")
        sends.all_sent += 1
        sends.sent += 1
        sends.lag.add_ns(self.desk.now_ns() - intended_ns)
        try:
            arrived_ns = self.visit.open()
        except LineError as error:
            sends.refused[error.reason] += 1
            return
        sends.answered += 1
        self.desk.ledger.measure("resume", EACH, intended_ns, arrived_ns)
