"""One run as its master drives it: through its phases to a verdict."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.lock import RLock

from loadtests.bench.progress import Progress
from loadtests.conduct.master import Master
from loadtests.conduct.options import Load
from loadtests.conduct.outcome import conclude
from loadtests.conduct.phases import Course, News, Phase
from loadtests.conduct.watch import Watch
from loadtests.gate.judge import INVALID
from loadtests.report.facts import gather_facts
from loadtests.target.interface import Interface
from loadtests.target.props import Props


class Run:
    """See the module."""

    def __init__(self, load: Load, host: str, master: Master, interface: Interface) -> None:
        """Nothing has begun."""
        self._load = load
        self._master = master
        self._props = Props(interface)
        self._watch = Watch(interface)
        self._progress = Progress()
        profile = load.profile
        self._course = Course(
            users=master.users_wanted,
            spawn_per_s=profile.spawn_per_s,
            end_s=profile.end_s,
            settle_s=profile.settle_s,
            drain_s=profile.drain_s,
        )
        self._facts = gather_facts(
            profile=load.name,
            seed=load.seed,
            host=host,
            command=load.command,
            workers=master.workers_wanted,
            began_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self.exit_code = INVALID
        self._phase = Phase.FILL
        self._watching: Any = None
        self._cleaning = RLock()
        self._since_s = time.monotonic()

    def begin(self) -> None:
        """Make the rooms and begin to fill them. Raises TargetRefused; then it has to be abandoned."""
        self._props.make(self._load.profile, self._master.rooms)
        self._since_s = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self._phase is Phase.DONE

    def advance(self) -> tuple[int, float] | None:
        """Go on to the next phase if it is time; how many users there should be and how fast they come."""
        now_s = time.monotonic()
        failed = self._master.failed().total()
        news = News(now_s, self._master.total("joined"), failed, self._master.workers_missing)
        follows = self._course.next_phase(self._phase, self._since_s, news)
        if follows is not self._phase:
            self._phase, self._since_s = follows, now_s
            self._enter(follows)
        self._tell(now_s - self._since_s)
        return None if follows is Phase.DONE else (self._course.users, self._course.spawn_per_s)

    def _enter(self, phase: Phase) -> None:
        self._progress.tell(str(phase))
        if phase is Phase.RUN:
            self._master.begin()
            window = self._master.window
            self._watching = gevent.spawn(self._watch.follow, window.begin_ns, window.end_ns)
        elif phase is Phase.COUNT:
            self._master.ask_for_ledgers()
        elif phase is Phase.DONE:
            self._conclude()

    def _tell(self, lasted_s: float) -> None:
        if self._phase is Phase.FILL:
            joined = self._master.total("joined")
            self._progress.tell_now_and_then(f"filling: {joined} of {self._course.users} users are in")
        elif self._phase is Phase.RUN:
            sent, receipts = self._master.total("sent"), self._master.total("receipts")
            of = f"{lasted_s:.0f} of {self._course.end_s:.0f} s"
            self._progress.tell_now_and_then(f"running: {of}, {sent} acts, {receipts} receipts")

    def _conclude(self) -> None:
        master, watch = self._master, self._watch
        try:
            self.exit_code = conclude(self._load, self._facts, master.sum_ledgers(), master.attendance(), watch)
        finally:
            self.clean_up()

    def abandon(self) -> None:
        """It was ended from outside, or something broke: there is no verdict, and nothing is left on the server."""
        self._phase = Phase.DONE
        self.clean_up()

    def clean_up(self) -> None:
        """Take everything off the server, as far as it lets us; the second time wait until the first one has."""
        with self._cleaning:
            self._master.close()
            if self._watching is not None:
                self._watching.kill(block=False)
            for left in self._props.remove():
                self._progress.tell(f"something of the run is left on the server: {left}")
