"""A reader finds what is missing, doubled or out of order, and stays exact across cuts."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from loadtests.line.meaning import GENERATION, Meaning, Meanings
from loadtests.line.reader import Reader
from loadtests.line.stamp import Stamp, read_stamp, write_text
from loadtests.record.ledger import Ledger, Window
from loadtests.record.room_book import count_missing

ANSWER: dict[str, Any] = {"epoch": "e", "seq": 10, "totals": {"likes": {"total": 5}}}


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


def test_who_leaves_need_not_see_the_end(ledger: Ledger) -> None:
    here, gone = Reader(ledger, "r", ANSWER, 0), Reader(ledger, "r", ANSWER, 0)
    see(here, (11, 20))
    here.finish(stayed=True)
    gone.finish(stayed=False)
    assert count_missing(ledger.rooms.values()) == 0


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        ({"recovered": True, "events": [{}, {}]}, {}),
        ({"recovered": True, "events": [{}]}, {"lost": 1, "not recovered": 1}),
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
