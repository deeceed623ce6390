"""Conducts a run: Locust asks once a second how many users there should be, and that is where the phases turn.

It lives on the master. In the end it has the exit code of the process.
"""

from __future__ import annotations

import os
import secrets
import traceback

from locust import LoadTestShape, User

from loadtests.bench.progress import Progress
from loadtests.conduct.master import Master
from loadtests.conduct.options import read_load
from loadtests.conduct.run import Run
from loadtests.gate.judge import INVALID
from loadtests.plan.crowd import count_users
from loadtests.plan.profiles import ProfileRefused
from loadtests.target.errors import TargetRefused
from loadtests.target.interface import read_interface


class Conductor(LoadTestShape):
    """See the module."""

    def __init__(self) -> None:
        """Nothing has begun."""
        super().__init__()  # type: ignore[no-untyped-call]  # Locust gives it no types
        self._run: Run | None = None
        self._classes: list[type[User]] | None = None
        """All there are; Locust is shown those that the profile of a run has."""

    @property
    def exit_code(self) -> int:
        """The verdict; a run that did not come to its end is not valid."""
        return INVALID if self._run is None else self._run.exit_code

    def reset_time(self) -> None:
        """Locust begins another run; it says so again after the first tick of that one."""
        super().reset_time()  # type: ignore[no-untyped-call]  # Locust gives it no types
        if self._run is not None and self._run.is_over:
            self._run = None

    def tick(self) -> tuple[int, float] | None:
        """How many users there should be; None when the run is over. Whatever goes wrong ends the run: Locust would
        go on for ever without it."""
        try:
            if self._run is None:
                self._begin()
            if self._run is not None and not self._run.is_over:
                return self._run.advance()
        except Exception:  # noqa: BLE001 - said in full
            Progress().tell(f"the run broke off: {traceback.format_exc()}")
        self.abandon()
        return None

    def _begin(self) -> None:
        try:
            # Known before anything is made, so that whatever breaks in knows what to take away.
            self._run = self._prepare()
            self._run.begin()
        except (TargetRefused, ProfileRefused, ValueError) as refused:
            Progress().tell(f"the run cannot begin: {refused}")
            if self._run is not None:
                self._run.abandon()

    def abandon(self) -> None:
        """The run is ended: by its own end, by somebody who stops it, or because Locust quits."""
        if self._run is None:
            return
        if not self._run.is_over:
            Progress().tell("ended before its verdict")
        self._run.abandon()

    def _prepare(self) -> Run:
        """Understand the options, choose the users."""
        if self.runner is None or not self.runner.environment.host:
            raise ValueError("start Locust with --host, the address of the deployment")
        environment, host = self.runner.environment, self.runner.environment.host
        load = read_load(environment)
        counts = count_users(load.profile)
        if self._classes is None:
            self._classes = list(environment.user_classes)
        for user_class in self._classes:
            user_class.fixed_count = counts.get(user_class.__name__, 0)
        environment.user_classes = [chosen for chosen in self._classes if chosen.fixed_count]
        master = Master(environment, load.profile, f"lt-{secrets.token_hex(3)}")
        interface = read_interface(host, os.environ)
        return Run(load, host, master, interface)
