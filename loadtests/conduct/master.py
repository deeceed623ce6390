"""What the master of a run knows: who sits where, how far the workers are, and in the end the sum of their ledgers."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner

from loadtests.conduct import words
from loadtests.conduct.run_clock import read_machine
from loadtests.conduct.vitals import Vitals
from loadtests.gate.figures import Attendance
from loadtests.plan.crowd import count_users, pick_room
from loadtests.plan.profiles import Profile
from loadtests.record.ledger import Ledger, Window
from loadtests.record.series import choose_slot_s


class Master:
    """See the module. In a run of one process it sits beside the only desk."""

    def __init__(self, environment: Environment, profile: Profile, run: str) -> None:
        """The master of a run with this name, which its rooms carry."""
        if environment.runner is None:
            raise ValueError("a master needs a runner")
        self._runner = environment.runner
        self._profile = profile
        self.rooms = [f"{run}-{number}" for number in range(profile.rooms)]
        self.users_wanted = sum(count_users(profile).values())
        options = environment.parsed_options
        # Started from its page, Locust was not told how many to expect: all that are there now have to count.
        here = environment.runner.worker_count if isinstance(environment.runner, MasterRunner) else 1
        self._workers_expected = max(1, getattr(options, "expect_workers", None) or 1, here)
        self._numbers: Counter[str] = Counter()
        self._progress: dict[str, dict[str, Any]] = {}
        self._parts: dict[str, bytes] = {}
        self.window = Window(0, 0)
        # Beside workers it is a process of its own, and takes from what they have.
        self._vitals: Vitals | None = None
        if isinstance(environment.runner, MasterRunner):
            self._vitals = Vitals(lambda: self.window, time.monotonic_ns, " (master)", has_timers=False)
        listeners = {
            words.PLACE_WANTED: self._on_place_wanted,
            words.CLOCK_ASKED: self._on_clock_asked,
            words.PROGRESS: self._on_progress,
            words.COUNTED: self._on_counted,
        }
        words.listen(self._runner, listeners)

    def _on_place_wanted(self, environment: Environment, msg: Any) -> None:
        number = self._numbers[msg.data["user_class"]]
        self._numbers[msg.data["user_class"]] += 1
        room = self.rooms[pick_room(number, len(self.rooms))]
        answer = {"ticket": msg.data["ticket"], "number": number, "room": room}
        self._runner.send_message(words.PLACE_GIVEN, answer, client_id=msg.node_id)

    def _on_clock_asked(self, environment: Environment, msg: Any) -> None:
        answer = {"ticket": msg.data["ticket"], "now_ns": time.monotonic_ns(), "machine": read_machine()}
        self._runner.send_message(words.CLOCK_TOLD, answer, client_id=msg.node_id)

    def _on_progress(self, environment: Environment, msg: Any) -> None:
        self._progress[msg.node_id] = msg.data

    def _on_counted(self, environment: Environment, msg: Any) -> None:
        self._parts[msg.node_id] = msg.data["ledger"]

    # --- what the conductor asks for ---------------------------------------------------------------------------

    def begin(self) -> int:
        """Tell the workers that the plan begins in a second; when that is, in nanoseconds of the run's clock."""
        start_ns = time.monotonic_ns() + 1_000_000_000
        begin_ns = start_ns + int(self._profile.warmup_s * 1e9)
        self.window = Window(begin_ns, begin_ns + int(self._profile.seconds * 1e9))
        self._runner.send_message(words.BEGIN, {"start_ns": start_ns})
        return start_ns

    def ask_for_ledgers(self) -> None:
        """Tell the workers that the run is over."""
        self._runner.send_message(words.COUNT, {})

    def total(self, name: str) -> int:
        """One number of the progress of all workers: `joined`, `sent` or `receipts`."""
        return sum(int(news[name]) for news in self._progress.values())

    def failed(self) -> Counter[str]:
        """Users who did not get in, by reason."""
        reasons: Counter[str] = Counter()
        for news in self._progress.values():
            reasons.update(news["failed"])
        return reasons

    @property
    def workers_wanted(self) -> int:
        """Workers that have to hand in their ledgers: those expected, and whoever came later and had users."""
        return max(self._workers_expected, len(self._progress))

    @property
    def workers_missing(self) -> int:
        """Workers that have not handed in their ledgers."""
        return max(self.workers_wanted - len(self._parts), len(self._progress.keys() - self._parts.keys()))

    def attendance(self) -> Attendance:
        """Who was there."""
        counted = self.workers_wanted - self.workers_missing
        return Attendance(self.workers_wanted, counted, self.users_wanted, self.total("joined"), dict(self.failed()))

    def sum_ledgers(self) -> Ledger:
        """The ledger of the run."""
        total = Ledger(self.window, choose_slot_s(self._profile.seconds))
        for part in self._parts.values():
            total.merge(part)
        if self._vitals is not None:
            total.healths.append(self._vitals.health)
        return total

    def close(self) -> None:
        """The run is over."""
        if self._vitals is not None:
            self._vitals.stop()
