"""Those who want to join the host on the stage: they apply, are seated, stay for a moment and get up again."""

from __future__ import annotations

from typing import Any, Final

import gevent

from loadtests.line.stamp import Stamp, write_text
from loadtests.line.visit import Act
from loadtests.plan.arrivals import plan_rounds
from loadtests.plan.kinds import OWN
from loadtests.users.base import RoomUser

STAY_SHARE: Final = 0.2
"""Of a round, on the seat; the next round begins half a round later at the earliest."""


class Applicant(RoomUser):
    """Applies in every round of its plan. The application carries its stamp, so that the host can measure it."""

    wanted_ns: int | None = None
    """When the application that is under way was due."""
    is_taken = False
    """Whether the server has taken it."""
    seated = 0
    """How often it had a seat."""

    def on_start(self) -> None:
        """Take a place, and listen for what is told to this one alone."""
        super().on_start()
        self.visit.on_private = self._hear
        self.desk.before_count.append(self._note_ungranted)

    @property
    def round_s(self) -> float:
        """From one application to the next."""
        wanted = self.desk.profile.acts["seat"]
        return wanted.users / wanted.per_s

    def plan(self) -> list[float]:
        """Rounds of which the last has room to end."""
        end_s = self.desk.profile.end_s
        return [at for at in plan_rounds(1 / self.round_s, end_s, self.seed()) if at < end_s - 1]

    def act(self, number: int, intended_ns: int) -> None:
        """Apply, and do not wait for anything."""
        self._note_ungranted()
        self.wanted_ns, self.is_taken = intended_ns, False
        line = write_text(Stamp("seat", self.place.number, number, intended_ns))

        def on_ack(frame: dict[str, Any]) -> None:
            self.is_taken = True

        act = Act("seat", intended_ns, on_ack)
        self.visit.act(act, "stage.apply", {"kind": "audio", "line": line}, self._make_key(intended_ns, "s"))

    def _note_ungranted(self) -> None:
        """The host accepts everybody at once; one that was refused is counted as that."""
        if self.wanted_ns is not None and self.is_taken:
            self.desk.ledger.notices["seat not granted"] += 1
        self.wanted_ns = None

    def _hear(self, kind: str, data: dict[str, Any], arrived_ns: int) -> None:
        if kind != "stage.place_changed" or self.wanted_ns is None or data["stage"]["standing"] != "seated":
            return
        intended_ns, self.wanted_ns = self.wanted_ns, None
        self.seated += 1
        self.desk.ledger.measure("seat", OWN, intended_ns, arrived_ns)
        self.desk.ledger.mark(f"seat:{self.visit.user_id}").given.append((self.seated, intended_ns))
        gevent.spawn_later(self.round_s * STAY_SHARE, self._get_up)

    def _get_up(self) -> None:
        now_ns = self.desk.now_ns()
        act = Act("leave", now_ns, lambda frame: None)
        self.visit.act(act, "stage.leave", {}, self._make_key(now_ns, "l"))

    def _make_key(self, at_ns: int, letter: str) -> str:
        return f"{at_ns:x}-{letter}{self.place.number}"
