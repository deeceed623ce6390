"""The host of a room: measures when a question or an application is on the host's screen, and runs the show."""

from __future__ import annotations

import math
from typing import Any, Final

import gevent

from loadtests.line.stamp import read_stamp
from loadtests.line.visit import Act
from loadtests.plan.kinds import HOST
from loadtests.users.base import RoomUser

POLL_SHARE: Final = 0.9
"""Of a turn, in which its poll is open."""
SPARE_S: Final = 120
"""A battle outlives the run by this much, so that no gift falls into its last seconds."""


class Host(RoomUser):
    """Opens polls, accepts every applicant, and fights with the room beside it, as the profile wants it."""

    role = "host"

    def on_start(self) -> None:
        """Take the chair."""
        super().on_start()
        self._accepted: set[tuple[int, int]] = set()
        self.visit.on_private = self._hear
        self._opens_polls = "vote" in self.desk.profile.acts
        if self.desk.profile.battle and self.place.number % 2 == 0:
            gevent.spawn(self._invite)

    def plan(self) -> list[float]:
        """One poll in every turn."""
        profile = self.desk.profile
        if not self._opens_polls:
            return []
        return [turn * profile.poll_s for turn in range(math.ceil(profile.end_s / profile.poll_s))]

    def act(self, number: int, intended_ns: int) -> None:
        """Open the next poll."""
        lasts_s = max(5, int(self.desk.profile.poll_s * POLL_SHARE))
        data = {"question": f"Number {number}?", "choices": ["yes", "no"], "lasts_s": lasts_s}
        self._say("poll", intended_ns, "poll.open", data)

    def _hear(self, kind: str, data: dict[str, Any], arrived_ns: int) -> None:
        if kind == "stage.queue_changed":
            for applicant in data["queue"]["waiting"]:
                self._accept(applicant, arrived_ns)
        elif kind == "battle.invitation_changed":
            battle = data["battle"]
            if battle["status"] == "invited" and battle.get("by") != self.place.room:
                self._say("battle call", arrived_ns, "battle.accept", {"battle": battle["id"]})

    def _accept(self, applicant: dict[str, Any], arrived_ns: int) -> None:
        """Once for each application."""
        stamp = read_stamp(applicant.get("line", ""))
        if stamp is None or (stamp.user, stamp.number) in self._accepted:
            return
        self._accepted.add((stamp.user, stamp.number))
        self.desk.ledger.measure("seat", HOST, stamp.intended_ns, arrived_ns)
        self._say("accept", arrived_ns, "stage.accept", {"user_id": applicant["user"]["id"]})

    def _invite(self) -> None:
        """Call the room beside this one into a battle, at the beginning of the plan."""
        self.desk.begun.wait()
        name, _, number = self.place.room.rpartition("-")
        duration_s = math.ceil(self.desk.profile.end_s) + SPARE_S
        data = {"opponents": [f"{name}-{int(number) ^ 1}"], "duration_s": duration_s}
        self._say("battle call", self.desk.start_ns, "battle.invite", data)

    def _say(self, kind: str, intended_ns: int, type_: str, data: dict[str, Any]) -> None:
        key = f"{intended_ns:x}-h{self.place.number}-{type_}-{len(self._accepted)}"
        self.visit.act(Act(kind, intended_ns, lambda frame: None), type_, data, key)
