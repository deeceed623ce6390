"""A desk counts what was there in time, and knows the clock of the run as well as it says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from locust.env import Environment

from loadtests.conduct import desk as desks
from loadtests.conduct import words
from loadtests.conduct.desk import Desk
from loadtests.conduct.master import Master
from loadtests.conduct.run_clock import ASKINGS
from loadtests.gate.figures import Figures, read_figures
from loadtests.plan.profiles import read_slo
from loadtests.target.passes import Passes
from tests.load.in_locust.surroundings import enter, hear

PROFILE = read_slo().find("smoke").model_copy(update={"drain_s": 0.3})
MS = 1_000_000


class Line:
    """Stands for the runner of a worker on another machine, whose master answers a little later."""

    def __init__(self) -> None:
        self.custom_messages: dict[str, Any] = {}
        self.said: list[str] = []
        self.offset_ns = 0

    def register_message(self, word: str, listener: Any, concurrent: bool = False) -> None:
        self.custom_messages[word] = listener

    def send_message(self, word: str, data: Any = None, client_id: str | None = None) -> None:
        self.said.append(word)
        if word == words.CLOCK_ASKED:
            now_ns = desks.time.monotonic_ns() + self.offset_ns
            answer = {"ticket": data["ticket"], "now_ns": now_ns, "machine": "another"}
            gevent.spawn(self.tell, words.CLOCK_TOLD, answer)

    def tell(self, word: str, data: Any = None) -> None:
        self.custom_messages[word](environment=None, msg=SimpleNamespace(data=data, node_id="other"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "GRACE_S", 0.2)
    monkeypatch.setattr(desks, "LOOK_S", 0.02)


def open_desk(runner: Any) -> Desk:
    environment: Any = SimpleNamespace(runner=runner, host="http://127.0.0.1:1", events=None)
    return Desk(environment, PROFILE, 1, Passes(None))


def say(seq: int) -> dict[str, Any]:
    return {"type": "events", "room": "r", "seq": seq, "events": [{"kind": "gift.combo_closed", "data": {}}]}


def count(later: Any) -> Figures:
    """A run of one process with two readers, of whom one is an event ahead when the count begins."""
    environment = Environment(user_classes=[], host="http://127.0.0.1:1")
    runner = environment.create_local_runner()
    master = Master(environment, PROFILE, "run")
    desk = open_desk(runner)
    one, other = desk.make_visit("r", None), desk.make_visit("r", None)
    for visit in (one, other):
        enter(visit)
    hear(one, say(1))
    gevent.spawn_later(0.05, later, one, other)
    master.ask_for_ledgers()
    desk._tell_progress_once()
    with gevent.Timeout(60):
        while master.workers_missing:
            gevent.sleep(0.01)
    desk.close()
    return read_figures(master.sum_ledgers(), master.attendance())


def test_an_event_that_is_on_its_way_when_the_run_is_counted_is_not_lost() -> None:
    def later(one: Any, other: Any) -> None:
        hear(other, say(1))
        hear(one, say(2))  # the room goes on; nobody is asked for this one

    assert count(later).faults == {}


def test_a_value_that_is_on_its_way_when_the_run_is_counted_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "GRACE_S", 0.05)
    told = {"type": "latest", "room": "r", "values": {"gift_totals": {"gifts": 3}}}

    def later(one: Any, other: Any) -> None:
        hear(other, say(1))
        hear(one, told)
        gevent.spawn_later(0.1, hear, other, told)

    # Given by nobody here: the sum is wrong, and that is all.
    assert count(later).faults == {"gifts doubled": 3}


def test_an_event_that_never_comes_is_lost() -> None:
    assert count(lambda one, other: hear(one, say(2))).faults == {"lost": 1}


def test_the_clock_is_asked_for_once_however_many_users_begin_together() -> None:
    line = Line()
    desk = open_desk(line)
    visits = [gevent.spawn(desk.make_visit, "r", None) for _ in range(5)]
    gevent.joinall(visits, timeout=60, raise_error=True)
    assert line.said.count(words.CLOCK_ASKED) == ASKINGS
    assert len({id(visit.get()._around) for visit in visits}) == 1
    desk.close()


def test_a_clock_that_has_drifted_is_in_doubt() -> None:
    line = Line()
    desk = open_desk(line)
    desk.make_visit("r", None)
    line.offset_ns = 25 * MS
    desk._doubt_clock()
    assert 24 < desk._vitals.health.clock_error_ms < 30_000
    desk.close()


def test_a_worker_that_came_while_the_rooms_were_filled_has_to_hand_in_too() -> None:
    environment = Environment(user_classes=[], host="http://127.0.0.1:1")
    environment.create_local_runner()
    master = Master(environment, PROFILE, "run")
    news = {"joined": 1, "failed": {}, "sent": 0, "receipts": 0}
    for node in ("one", "late"):
        master._on_progress(environment, SimpleNamespace(node_id=node, data=news))
    master._on_counted(environment, SimpleNamespace(node_id="one", data={"ledger": b""}))
    assert (master.workers_wanted, master.workers_missing) == (2, 1)
    assert master.attendance().workers_counted == 1
