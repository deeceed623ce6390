"""What all users have in common: a place, a socket that reads, and a plan that nothing holds back."""

from __future__ import annotations

import random
from typing import ClassVar, Final

import gevent
from locust import User, task
from locust.exception import StopUser

from loadtests.conduct.desk import Desk, Place
from loadtests.line.errors import LineError
from loadtests.line.visit import Visit
from loadtests.plan.arrivals import count_between, plan_poisson
from loadtests.plan.crowd import ACTORS
from loadtests.plan.kinds import ACTS

TRIES: Final = 3
TRY_AGAIN_S: Final = 2.0


class RoomUser(User):
    """Sits in a room from the beginning to the end, and acts when its plan says so."""

    abstract = True
    role = "viewer"
    desk: ClassVar[Desk]
    """The one of this process; there from before the first user starts."""

    is_in = True
    """Whether it came in; who is left outside makes the run invalid."""
    place: Place
    visit: Visit

    def on_start(self) -> None:
        """Take a place and enter the room."""
        self.place = self.desk.take_place(type(self).__name__)
        self.visit = self.desk.make_visit(self.place.room, self.make_token(), is_host=self.role == "host")
        self.is_in = self._enter()

    def _enter(self) -> bool:
        """Enter before the show; like any client, a user who is told to come back later tries again."""
        for left in reversed(range(TRIES)):
            try:
                self.visit.open()
            except LineError as error:
                if left:
                    gevent.sleep(TRY_AGAIN_S * (0.5 + random.random()))
                    continue
                self.desk.failed[error.reason] = self.desk.failed.get(error.reason, 0) + 1
                return False
            self.desk.joined += 1
            return True
        return False

    def make_token(self, suffix: str = "") -> str | None:
        """A token of this user, or of one of the people it stands for."""
        user = f"{self.place.room}-{type(self).__name__}-{self.place.number}{suffix}"
        return self.desk.passes.make(user, self.role, self.place.room if self.role == "host" else None)

    @task
    def follow_plan(self) -> None:
        """Act at every due time, then stay: the audience is there until the master ends the run."""
        if not self.is_in:
            raise StopUser
        self.desk.begun.wait()
        due = self.plan()
        self.count_planned(due)
        for number, due_s in enumerate(due):
            self.act(number, self.desk.sleep_until(due_s))
        gevent.sleep(self.desk.profile.end_s * 2 + 3600)

    def plan(self) -> list[float]:
        """When this user acts, in seconds of the plan."""
        act = ACTORS.get(type(self).__name__)
        if act is None:
            return []
        wanted = self.desk.profile.acts[act]
        return plan_poisson(wanted.per_s / wanted.users, self.desk.intensity, self.seed())

    def seed(self) -> str:
        """Makes the plan of this user its own, and the same in every run."""
        return f"{self.desk.seed}/{type(self).__name__}/{self.place.number}"

    def count_planned(self, due: list[float]) -> None:
        """Tell the books what is planned for the window."""
        act = ACTORS.get(type(self).__name__)
        if act is not None:
            profile = self.desk.profile
            planned = count_between(due, profile.warmup_s, profile.end_s)
            self.desk.ledger.sends_of(ACTS[act]).planned += planned

    def act(self, number: int, intended_ns: int) -> None:
        """Do for the `number`-th time, from 0, what this user does; it was due at `intended_ns`."""

    def on_stop(self) -> None:
        """Leave."""
        if hasattr(self, "visit"):
            self.desk.end_visit(self.visit)
