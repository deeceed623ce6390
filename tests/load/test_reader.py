"""A reader finds what is missing, doubled or out of order, and stays exact across cuts."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from loadtests.line.meaning import GENERATION, Meaning, Meanings
from loadtests.line.reader import Reader
from loadtests.line.stamp import Stamp, read_stamp, write_text
from loadtests.record.ledger import Ledger, Window
from loadtests.record.room_book import count_missing, count_not_shown

ANSWER: dict[str, Any] = {"epoch": "e", "seq": 10, "totals": {"likes": {"total": 5}}}
QUIET: dict[str, Any] = {"kind": "talk.changed", "data": {}}


def make_events(first: int, last: int) -> dict[str, Any]:
    events = [
        {"kind": "comment.sent", "data": {"text": write_text(Stamp("comment", 1, number, 0))}}
        for number in range(first, last + 1)
    ]
    return {"type": "events", "room": "r", "seq": last, "events": events}


def see(reader: Reader, *spans: tuple[int, int]) -> list[Meaning]:
    meanings = [Meaning(make_events(first, last)) for first, last in spans]
    for meaning in meanings:
        reader.see(meaning, 1_000_000)
    return meanings


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Window(0, 1), 1)


@pytest.mark.parametrize(
    ("spans", "faults"),
    [
        (((11, 11), (12, 15)), {}),
        (((11, 11), (13, 13)), {"lost": 1}),
        (((12, 12), (11, 11), (13, 13)), {"reordered": 1}),
        (((11, 12), (11, 12)), {"doubled": 2}),
        (((11, 12), (12, 13)), {"doubled": 1}),
        (((13, 13), (11, 14)), {"reordered": 2, "doubled": 1}),
    ],
)
def test_each_fault_is_told_from_the_others(
    spans: tuple[tuple[int, int], ...], faults: dict[str, int], ledger: Ledger
) -> None:
    reader = Reader(ledger, "r", ANSWER, 0)
    see(reader, *spans)
    reader.finish(stayed=True)
    assert {name: times for name, times in ledger.room("r").faults.items() if times} == faults


def test_what_is_missing_at_the_end_is_found_by_the_room(ledger: Ledger) -> None:
    early, late = Reader(ledger, "r", ANSWER, 0), Reader(ledger, "r", ANSWER, 0)
    see(early, (11, 20))
    see(late, (11, 17))
    early.finish(stayed=True)
    late.finish(stayed=True)
    assert count_missing(ledger.rooms.values()) == 3


def test_what_comes_while_the_run_is_counted_is_lost_by_nobody(ledger: Ledger) -> None:
    readers = [Reader(ledger, "r", ANSWER, 0) for _ in range(3)]
    quick, slow, deaf = readers
    see(quick, (11, 12))
    for reader in readers:
        reader.freeze()
    ledger.room("r").is_frozen = True
    see(slow, (11, 12))
    see(quick, (13, 13))  # a combo closes, a poll ends: only some have it when the readers are closed
    assert [reader.is_behind for reader in readers] == [False, False, True]
    for reader in readers:
        reader.finish(stayed=True)
    assert deaf.position == 10
    assert count_missing(ledger.rooms.values()) == 2, "of the deaf one alone, and only what was there in time"


def test_who_has_an_older_value_than_others_is_behind(ledger: Ledger) -> None:
    quick, slow = Reader(ledger, "r", ANSWER, 0), Reader(ledger, "r", ANSWER, 0)
    quick.see(make_latest(likes={"total": 9}), 1_000_000)
    assert [reader.is_behind for reader in (quick, slow)] == [False, True]
    slow.see(make_latest(likes={"total": 9}), 1_000_000)
    assert not slow.is_behind


def test_an_ack_of_what_comes_while_the_run_is_counted_is_not_asked_for(ledger: Ledger) -> None:
    room = ledger.room("r")
    room.note_top(3)
    room.is_frozen = True
    room.note_top(4)
    room.acked = {3: ("comment", 1, 1), 4: ("comment", 1, 2)}
    assert (room.top, count_not_shown(room)) == (3, 1)


def test_who_leaves_need_not_see_the_end(ledger: Ledger) -> None:
    here, gone = Reader(ledger, "r", ANSWER, 0), Reader(ledger, "r", ANSWER, 0)
    see(here, (11, 20))
    here.finish(stayed=True)
    gone.finish(stayed=False)
    assert count_missing(ledger.rooms.values()) == 0


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        ({"recovered": True, "events": [QUIET, QUIET]}, {}),
        ({"recovered": True, "events": [QUIET]}, {"lost": 1, "not recovered": 1}),
        ({"recovered": False}, {"lost": 2, "not recovered": 1}),
    ],
)
def test_a_resume_brings_what_was_missed_or_it_is_lost(
    answer: dict[str, Any], faults: dict[str, int], ledger: Ledger
) -> None:
    reader = Reader(ledger, "r", ANSWER, 0)
    reader.resume({"epoch": "e", "seq": 12, **answer})
    see(reader, (13, 13))
    reader.finish(stayed=True)
    assert {name: times for name, times in ledger.room("r").faults.items() if times} == faults


def test_only_receipts_that_are_new_are_measured(ledger: Ledger) -> None:
    reader = Reader(ledger, "r", ANSWER, 0, is_host=True)
    fresh, doubled = see(reader, (11, 11), (11, 11))
    assert (len(fresh.arrivals), len(fresh.host_arrivals), len(doubled.arrivals)) == (1, 1, 0)


def test_a_total_is_noted_with_the_one_before_and_once(ledger: Ledger) -> None:
    reader = Reader(ledger, "r", ANSWER, 2_000_000)
    for total in (5, 9, 9):
        reader.see(Meaning({"type": "latest", "room": "r", "values": {"likes": {"total": total}}}), 1_000_000)
    book = ledger.total("like:r")
    assert book.curve == {(5, 9): {3: 1}}
    assert (book.before, book.after) == (5, 9)


def make_latest(**values: Any) -> Meaning:
    return Meaning({"type": "latest", "room": "r", "values": values})


def test_a_total_that_falls_is_a_fault_and_an_entry_of_a_map_may(ledger: Ledger) -> None:
    reader = Reader(ledger, "r", ANSWER, 0)
    for likes, voters in ((9, 4), (8, 3), (9, 4)):
        reader.see(make_latest(likes={"total": likes}, poll_votes={"polls": {"p": {"voters": voters}}}), 1_000_000)
    assert {name: times for name, times in ledger.room("r").faults.items() if times} == {"likes fell": 1}


def test_a_resume_brings_the_result_of_a_poll_that_closed_meanwhile(ledger: Ledger) -> None:
    reader = Reader(ledger, "r", ANSWER, 0)
    reader.see(make_latest(poll_votes={"polls": {"p": {"voters": 3}}}), 1_000_000)
    closed = {"kind": "poll.changed", "data": {"poll": {"id": "p", "status": "closed", "result": {"voters": 5}}}}
    reader.resume({"epoch": "e", "seq": 11, "recovered": True, "events": [closed]})
    reader.finish(stayed=True)
    assert ledger.total("vote:p").ends == {"r": {5: 1}}


def test_only_who_was_there_all_the_time_is_asked_for_the_last_values(ledger: Ledger) -> None:
    Reader(ledger, "r", ANSWER, 0).finish(stayed=True)
    Reader(ledger, "r", ANSWER, 0).finish(stayed=False)
    Reader(ledger, "r", ANSWER, 0, is_passing=True).finish(stayed=True)
    assert ledger.room("r").standing == 1
    assert ledger.total("like:r").ends == {"r": {5: 1}}


def test_equal_bytes_are_understood_once_and_no_arrival_is_forgotten() -> None:
    meanings = Meanings()
    payload = orjson.dumps(make_events(1, 1))
    meanings.find(payload).arrivals.append(7)
    assert meanings.find(bytes(bytearray(payload))) is meanings.find(payload)
    for number in range(2, 2 * GENERATION + 3):
        meanings.find(orjson.dumps(make_events(number, number)))
    taken = meanings.take()
    assert [meaning.first for meaning in taken] == [1]
    assert meanings.find(payload) is not taken[0], "it was forgotten by its bytes"


def test_a_stamp_survives_the_text_and_a_question_looks_like_one() -> None:
    stamp = Stamp("question", 12, 3, 123_456_789)
    assert read_stamp(write_text(stamp)) == stamp
    assert write_text(stamp).endswith("?")
    assert read_stamp("lt: hello") is None
