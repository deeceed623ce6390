"""What workers counted adds up on the master, and only the window counts for latency."""

from __future__ import annotations

import math

import pytest

from loadtests.gate.figures import Attendance, MachineHealth, read_figures
from loadtests.line.meaning import Meaning
from loadtests.line.reader import Reader
from loadtests.line.stamp import Stamp, write_text
from loadtests.record.health import Health, find_busiest
from loadtests.record.ledger import Ledger, Window

S = 1_000_000_000
MS = 1_000_000
WINDOW = Window(10 * S, 20 * S)
HERE = Attendance(2, 2, 2, 2)


def make_comment(position: int, intended_ns: int, kind: str = "comment", number: int | None = None) -> Meaning:
    stamp = Stamp(kind, 1, position if number is None else number, intended_ns)
    event = {"kind": "comment.sent", "data": {"text": write_text(stamp)}}
    return Meaning({"type": "events", "room": "r", "seq": position, "events": [event]})


def make_worker(arrival_ns: int, *meanings: Meaning, is_host: bool = False) -> Ledger:
    """A worker with one reader who receives these so long after they were due."""
    ledger = Ledger(WINDOW, 1)
    reader = Reader(ledger, "r", {"epoch": "e", "seq": 0}, 0, is_host=is_host)
    for meaning in meanings:
        reader.see(meaning, meaning.stamps[0][1].intended_ns + arrival_ns)
    ledger.fold(meanings, 0)
    reader.finish(stayed=True)
    return ledger


def add_up(*workers: Ledger) -> Ledger:
    total = Ledger(WINDOW, 1)
    for worker in workers:
        total.merge(worker.pack())
    return total


def test_the_slowest_receiver_may_sit_at_another_worker() -> None:
    workers = (make_worker(delay * MS, make_comment(1, 12 * S)) for delay in (30, 250))
    figures = read_figures(add_up(*workers), HERE)
    each, last = figures.find("comment", "each"), figures.find("comment", "last")
    assert each is not None
    assert last is not None
    assert (each.count, each.p50_ms, each.max_ms) == (2, 31, 251)
    assert (last.count, last.p50_ms) == (1, 251)
    assert figures.faults == {}


@pytest.mark.parametrize(("at_s", "values"), [(9.99, 0), (10, 1), (19.99, 1), (20, 0)])
def test_only_what_was_due_in_the_window_is_measured(at_s: float, values: int) -> None:
    figures = read_figures(add_up(make_worker(5 * MS, make_comment(1, int(at_s * S)))), HERE)
    line = figures.find("comment", "each")
    assert (0 if line is None else line.count) == values
    assert figures.expected == 1, "completeness is asked for everything"


def test_a_question_is_timed_at_the_host() -> None:
    viewer = make_worker(200 * MS, make_comment(1, 12 * S, "question"))
    host = make_worker(20 * MS, make_comment(1, 12 * S, "question"), is_host=True)
    figures = read_figures(add_up(viewer, host), HERE)
    at_host = figures.find("question", "host")
    assert at_host is not None
    assert (at_host.count, at_host.max_ms) == (1, 21)


def test_what_one_worker_missed_shows_by_what_another_saw() -> None:
    behind = make_worker(0, make_comment(1, 12 * S))
    ahead = make_worker(0, *(make_comment(position, 12 * S) for position in (1, 2, 3)))
    assert read_figures(add_up(behind, ahead), HERE).faults == {"lost": 2}


def test_an_ack_must_be_kept_at_its_position() -> None:
    worker = make_worker(0, make_comment(1, 12 * S), make_comment(2, 12 * S))
    worker.room("r").acked = {1: ("comment", 1, 1), 2: ("comment", 9, 9)}
    assert read_figures(add_up(worker), HERE).faults == {"acked and not shown": 1}


def test_a_comment_at_two_positions_is_doubled() -> None:
    worker = make_worker(0, make_comment(1, 12 * S, number=7), make_comment(2, 12 * S, number=7))
    assert read_figures(add_up(worker), HERE).faults == {"doubled": 1}


def test_the_offset_of_a_clock_is_applied_to_arrivals() -> None:
    ledger = Ledger(WINDOW, 1)
    meaning = make_comment(1, 12 * S)
    meaning.arrivals.append(2 * S)
    ledger.fold([meaning], 10 * S + 40 * MS)
    assert ledger.series.total("comment", "each").pairs() == [(40, 1)]
    ledger.fold([meaning], 0)
    assert ledger.series.total("comment", "each").count == 1, "an arrival counts once"


def test_cpu_is_judged_over_its_busiest_seconds() -> None:
    health = Health("w")
    used = 0.0
    for second in range(30):
        used += 0.95 if 10 <= second < 16 else 0.2
        health.note_cpu(float(second), used)
    assert 0.75 < find_busiest([health.cpu]) < 0.96


def test_a_short_window_has_a_share_too_and_none_is_not_nothing() -> None:
    health = Health("w")
    assert math.isnan(find_busiest([health.cpu]))
    for at_s, used_s in ((0.1, 0.0), (1.1, 0.9), (2.1, 1.8)):
        health.note_cpu(at_s, used_s)
    assert find_busiest([health.cpu]) == pytest.approx(0.9)


def test_two_workers_that_share_a_core_fill_it_together() -> None:
    workers = [Health(name, "m", frozenset({1}), dict.fromkeys(range(10), 0.5)) for name in ("one", "two")]
    total = Ledger(WINDOW, 1)
    for worker in workers:
        part = Ledger(WINDOW, 1)
        part.healths = [worker]
        total.merge(part.pack())
    figures = read_figures(total, HERE)
    assert [health.cpu_share for health in figures.healths] == [0.5, 0.5]
    assert figures.machines == (MachineHealth("m", 1, 1.0),)


def test_a_stall_counts_for_every_timer_it_swallowed() -> None:
    health = Health("w")
    for _ in range(5_900):
        health.note_lag(1_000_000)
    health.note_lag(1_000 * MS)
    assert health.lag.count == 5_900 + 100
    assert health.lag.percentile_ms(99) > 20
    assert health.lag.percentile_ms(100) > 1_000
