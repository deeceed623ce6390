"""Those who come in while the show runs: measured from the intended arrival to the room and to the greeting."""

from __future__ import annotations

from typing import Any

import gevent

from loadtests.line.errors import LineError
from loadtests.plan.kinds import EACH
from loadtests.users.base import RoomUser


class Newcomer(RoomUser):
    """Stands for many: every arrival is somebody new, stays for a moment and leaves."""

    def on_start(self) -> None:
        """Take a place; nobody has come in yet."""
        self.place = self.desk.take_place(type(self).__name__)
        self.desk.joined += 1

    def act(self, number: int, intended_ns: int) -> None:
        """Let one come in; the next one does not wait for this one."""
        gevent.spawn(self._come_in, number, intended_ns)

    def _come_in(self, number: int, intended_ns: int) -> None:
        ledger = self.desk.ledger
        sends = ledger.sends_of("join")
        sends.all_sent += 1
        if intended_ns in ledger.window:
            sends.sent += 1
            sends.lag.add_ns(self.desk.now_ns() - intended_ns)
        visit = self.desk.make_visit(self.place.room, self.make_token(f"-{number}"), is_passing=True)
        greeted = False

        def on_private(kind: str, _: dict[str, Any], arrived_ns: int) -> None:
            nonlocal greeted
            if kind == "welcome.shown" and not greeted:
                greeted = True
                ledger.measure("welcome", EACH, intended_ns, arrived_ns)

        visit.on_private = on_private
        try:
            ledger.measure("join", EACH, intended_ns, visit.open())
            sends.answered += 1
            gevent.sleep(self.desk.profile.stay_s)
            if not greeted:
                ledger.notices["not welcomed"] += 1
        except LineError as error:
            sends.refused[error.reason] += 1
        finally:
            self.desk.end_visit(visit)
