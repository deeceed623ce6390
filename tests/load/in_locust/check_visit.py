"""A visit accounts for what its server said, and tells refused from lost."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from loadtests.gate.figures import Attendance, read_figures
from loadtests.line.visit import Act, Visit
from loadtests.record.ledger import Ledger
from loadtests.users.applicant import Applicant
from loadtests.users.base import RoomUser
from tests.load.in_locust.surroundings import WINDOW, S, enter, hear, make_desk, make_surroundings

HERE = Attendance(1, 1, 1, 1)


def say(seq: int) -> dict[str, Any]:
    return {"type": "events", "room": "r", "seq": seq, "events": [{"kind": "talk.changed", "data": {}}]}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(WINDOW, 1)


def make_visits(ledger: Ledger, count: int) -> list[Visit]:
    around = make_surroundings(ledger)
    visits = [Visit(around, "r", None) for _ in range(count)]
    for visit in visits:
        enter(visit)
    return visits


def test_who_stays_and_is_behind_has_lost_something(ledger: Ledger) -> None:
    one, other = make_visits(ledger, 2)
    hear(one, say(1))
    for visit in (one, other):
        visit.finish(stayed=True)
    assert read_figures(ledger, HERE).faults == {"lost": 1}


def test_who_could_not_come_back_has_lost_nothing(ledger: Ledger) -> None:
    one, other = make_visits(ledger, 2)
    other.cut()
    hear(one, say(1))
    for visit in (one, other):
        visit.finish(stayed=True)
    assert read_figures(ledger, HERE).faults == {}
    assert ledger.room("r").standing == 1


def test_who_came_back_is_asked_for_everything(ledger: Ledger) -> None:
    one, other = make_visits(ledger, 2)
    other.cut()
    enter(other, seq=0, recovered=True, events=[])
    hear(one, say(1))
    for visit in (one, other):
        visit.finish(stayed=True)
    assert read_figures(ledger, HERE).faults == {"lost": 1}


def make_applicant() -> Any:
    class Guest(Applicant):
        def __init__(self) -> None:
            self.desk = make_desk()  # type: ignore[misc]
            self.place = type("Place", (), {"number": 1, "room": "r"})()
            self.visit = Visit(make_surroundings(self.desk.ledger), "r", None)
            self.visit._send = lambda payload: True  # type: ignore[method-assign]

    guest = Guest()
    with patch.object(RoomUser, "on_start"):
        guest.on_start()
    return guest


def grant(guest: Any) -> None:
    seated = {"kind": "stage.place_changed", "data": {"stage": {"standing": "seated"}}}
    hear(guest.visit, {"type": "private", "events": [seated]}, 12 * S)


def close(guest: Any) -> dict[str, int]:
    for note in guest.desk.before_count:
        note()
    return dict(guest.desk.ledger.notices)


def test_the_last_application_that_is_taken_and_never_granted_is_missed() -> None:
    guest = make_applicant()
    guest.act(0, 11 * S)
    hear(guest.visit, {"type": "ack", "id": 2}, 11 * S)
    assert close(guest) == {"seat not granted": 1}
    assert close(guest) == {"seat not granted": 1}, "once"


def test_an_application_that_is_granted_or_refused_is_not_missed() -> None:
    granted, refused = make_applicant(), make_applicant()
    granted.act(0, 11 * S)
    grant(granted)
    hear(granted.visit, {"type": "ack", "id": 2}, 11 * S)
    refused.act(0, 11 * S)
    hear(refused.visit, {"type": "error", "id": 2, "error": {"code": "rate_limited"}}, 11 * S)
    refused.act(1, 13 * S)
    hear(refused.visit, {"type": "error", "id": 3, "error": {"code": "rate_limited"}}, 13 * S)
    assert close(granted) == close(refused) == {}
    assert refused.desk.ledger.sends_of("seat").refused == {"rate_limited": 2}


def test_an_act_for_which_the_server_was_not_ready_is_refused_and_no_fault_of_the_generator(ledger: Ledger) -> None:
    (visit,) = make_visits(ledger, 1)
    for intended_ns in (9 * S, 11 * S):
        visit.hold_back("vote", intended_ns, "no poll is open")
    sends = ledger.sends_of("vote")
    assert (sends.sent, sends.all_sent, sends.refused) == (1, 2, {"no poll is open": 2})


def test_an_act_is_kept_apart_from_its_answer(ledger: Ledger) -> None:
    (visit,) = make_visits(ledger, 1)
    visit._send = lambda payload: True  # type: ignore[method-assign]
    visit.act(Act("like", 11 * S, lambda frame: None), "like.send", {"count": 1})
    sends = ledger.sends_of("like")
    assert (sends.sent, sends.answered, sends.unanswered) == (1, 0, 1)
