"""Conducts a run: Locust asks once a second how many users there should be, and that is where the phases turn.

It lives on the master. In the end it has the exit code of the process.
"""

from __future__ import annotations

import os
import secrets

from locust import LoadTestShape

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

    @property
    def exit_code(self) -> int:
        """The verdict; a run that did not come to its end is not valid."""
        return INVALID if self._run is None else self._run.exit_code

    def reset_time(self) -> None:
        """Locust begins another run."""
        super().reset_time()  # type: ignore[no-untyped-call]  # Locust gives it no types
        if self._run is not None and self._run.is_over:
            self._run = None

    def tick(self) -> tuple[int, float] | None:
        """How many users there should be; None when the run is over."""
        if self._run is None:
            try:
                self._run = self._prepare()
            except (TargetRefused, ProfileRefused, ValueError) as refused:
                Progress().tell(f"the run cannot begin: {refused}")
                return None
        return self._run.advance()

    def _prepare(self) -> Run:
        """Understand the options, choose the users, make the rooms."""
        if self.runner is None or self.runner.environment.host is None:
            raise ValueError("start Locust with --host, the address of the deployment")
        environment, host = self.runner.environment, self.runner.environment.host
        load = read_load(environment)
        counts = count_users(load.profile)
        for user_class in environment.user_classes:
            user_class.fixed_count = counts.get(user_class.__name__, 0)
        environment.user_classes = [chosen for chosen in environment.user_classes if chosen.fixed_count]
        master = Master(environment, load.profile, f"lt-{secrets.token_hex(3)}")
        interface = read_interface(host, os.environ)
        return Run(load, host, master, interface)
