"""What the users of one worker share: their places, the clock, the books, and the worker's own health.

There is one desk in a process. It hears the master and hands the ledger in when the run is over.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import gevent
from gevent.event import AsyncResult, Event
from locust.env import Environment

from loadtests.conduct import words
from loadtests.conduct.run_clock import ASKINGS, Offset, Told, choose_offset, read_machine
from loadtests.conduct.vitals import Vitals
from loadtests.line.address import find_address
from loadtests.line.meaning import Meanings
from loadtests.line.visit import Surroundings, Visit
from loadtests.plan.intensity import Intensity
from loadtests.plan.profiles import Profile
from loadtests.record.ledger import Ledger, Window
from loadtests.record.series import choose_slot_s
from loadtests.target.passes import Passes

MASTER_TIMEOUT_S: Final = 60.0
"""A master that does not answer for this long is gone; the user gives up."""
FOLD_S: Final = 0.5
GRACE_S: Final = 1.0
"""At least so long after the count has begun readers may still get what was there before."""
LOOK_S: Final = 0.1
NEVER: Final = Window(2**62, 2**62)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user sits: its number among those of its class, its room, and the run it belongs to."""

    number: int
    room: str


class Desk:
    """See the module."""

    def __init__(self, environment: Environment, profile: Profile, seed: int, passes: Passes) -> None:
        """The desk of a worker that has not begun."""
        if environment.runner is None or environment.host is None:
            raise ValueError("a desk needs a runner and the address of the server: start Locust with --host")
        self._environment = environment
        self._runner = environment.runner
        self.profile = profile
        self.seed = seed
        self.passes = passes
        self.begun = Event()
        self.start_ns = 0
        self.joined = 0
        self.failed: dict[str, int] = {}
        self.before_count: list[Callable[[], None]] = []
        """What users still have to note when the run is counted."""
        self.offset = Offset()
        self.ledger = Ledger(NEVER, choose_slot_s(profile.seconds))
        self.intensity: Intensity = profile.intensity(seed)
        self._meanings = Meanings()
        self._visits: set[Visit] = set()
        self._waiting: dict[int, AsyncResult[dict[str, Any]]] = {}
        self._tickets = itertools.count(1)
        self._address = find_address(environment.host, "/ws")
        self._register()
        self._vitals = Vitals(lambda: self.ledger.window, self.now_ns)
        # Once for all users, and not here: what brings the answers may be what made this desk.
        self._around = gevent.spawn(self._look_around)
        self._work: list[Any] = [self._around, *(gevent.spawn(one) for one in (self._keep_fold, self._tell_progress))]

    def _register(self) -> None:
        listeners = {
            words.PLACE_GIVEN: self._on_answer,
            words.CLOCK_TOLD: self._on_answer,
            words.BEGIN: self._on_begin,
            words.COUNT: self._on_count,
        }
        words.listen(self._runner, listeners)

    def close(self) -> None:
        """Stop working: this run is over, and another one has another desk."""
        self._vitals.stop()
        gevent.killall(self._work)

    # --- what users need ---------------------------------------------------------------------------------------

    def take_place(self, user_class: str) -> Place:
        """A number and a room for a user that starts. Raises gevent.Timeout when the master is gone."""
        answer = self._ask(words.PLACE_WANTED, {"user_class": user_class})
        return Place(int(answer["number"]), str(answer["room"]))

    def make_visit(self, room: str, token: str | None, *, is_host: bool = False, is_passing: bool = False) -> Visit:
        """A visit that has not begun; a passing one begins while the show runs."""
        visit = Visit(self._around.get(), room, token, is_host=is_host, is_passing=is_passing)
        self._visits.add(visit)
        return visit

    def end_visit(self, visit: Visit) -> None:
        """The visit is over."""
        self._visits.discard(visit)
        visit.leave()

    def now_ns(self) -> int:
        """The time of the run."""
        return self.offset.now_ns()

    def sleep_until(self, due_s: float) -> int:
        """Wait for this time of the plan; the same in nanoseconds of the run's clock."""
        due_ns = self.start_ns + int(due_s * 1e9)
        wait_ns = due_ns - self.now_ns()
        if wait_ns > 0:
            gevent.sleep(wait_ns / 1e9)
        return due_ns

    def _look_around(self) -> Surroundings:
        self.offset = self._find_offset()
        return Surroundings(self._address, self.ledger, self._meanings, self.offset.offset_ns, self._fire)

    def _find_offset(self) -> Offset:
        machine = read_machine()
        answers = []
        for _ in range(ASKINGS):
            asked_ns = time.monotonic_ns()
            answer = self._ask(words.CLOCK_ASKED, {})
            same = bool(machine) and answer["machine"] == machine
            answers.append(Told(asked_ns, time.monotonic_ns(), int(answer["now_ns"]), same))
            if same:
                break
        return choose_offset(answers)

    def _fire(self, kind: str, took_ms: float, refused: str | None) -> None:
        """Locust's own statistics and web page show the answers."""
        self._environment.events.request.fire(
            request_type="ws",
            name=f"{kind} answered",
            response_time=took_ms,
            response_length=0,
            exception=None if refused is None else RuntimeError(refused),
            context={},
        )

    # --- the master --------------------------------------------------------------------------------------------

    def _ask(self, word: str, data: dict[str, Any]) -> dict[str, Any]:
        ticket = next(self._tickets)
        waiting: AsyncResult[dict[str, Any]] = AsyncResult()
        self._waiting[ticket] = waiting
        try:
            self._runner.send_message(word, {**data, "ticket": ticket})
            answer = waiting.get(timeout=MASTER_TIMEOUT_S)
        finally:
            del self._waiting[ticket]
        return answer or {}

    def _on_answer(self, environment: Environment, msg: Any) -> None:
        waiting = self._waiting.get(msg.data["ticket"])
        if waiting is not None:
            waiting.set(msg.data)

    def _on_begin(self, environment: Environment, msg: Any) -> None:
        self.start_ns = int(msg.data["start_ns"])
        begin_ns = self.start_ns + int(self.profile.warmup_s * 1e9)
        self.ledger.window = Window(begin_ns, begin_ns + int(self.profile.seconds * 1e9))
        self.begun.set()

    def _on_count(self, environment: Environment, msg: Any) -> None:
        """What is here by now, all have to have; they get a moment for it, as the room goes on."""
        for visit in self._visits:
            visit.freeze()
        for room in self.ledger.rooms.values():
            room.is_frozen = True
        self._work.append(gevent.spawn(self._hand_in))

    def _hand_in(self) -> None:
        self._doubt_clock()
        gevent.sleep(GRACE_S)
        waits_until_s = time.monotonic() + self.profile.drain_s
        while any(visit.is_behind for visit in self._visits) and time.monotonic() < waits_until_s:
            gevent.sleep(LOOK_S)
        for note in self.before_count:
            note()
        self._fold()
        for visit in self._visits:
            visit.finish(stayed=True)
        self.ledger.healths = [self._vitals.health]
        self._runner.send_message(words.COUNTED, {"ledger": self.ledger.pack()})

    def _doubt_clock(self) -> None:
        """The clock of the run is uncertain by what it was at the beginning and by what it has drifted since."""
        again = self._find_offset()
        drift_ms = abs(again.offset_ns - self.offset.offset_ns) / 1e6
        self._vitals.health.clock_error_ms = max(self.offset.error_ms, again.error_ms) + drift_ms

    # --- beside the users --------------------------------------------------------------------------------------

    def _fold(self) -> None:
        self.ledger.fold(self._meanings.take(), self.offset.offset_ns)

    def _keep_fold(self) -> None:
        while True:
            gevent.sleep(FOLD_S)
            self._fold()

    def _tell_progress(self) -> None:
        while True:
            gevent.sleep(1.0)
            self._tell_progress_once()

    def _tell_progress_once(self) -> None:
        sent = sum(sends.all_sent for sends in self.ledger.sends.values())
        news = {"joined": self.joined, "failed": self.failed, "sent": sent, "receipts": self.ledger.receipts}
        self._runner.send_message(words.PROGRESS, news)
