"""The checker finds each fault that is planted, and none where there is none."""

from __future__ import annotations

import pytest

from tests.chaos.history import Began, Entry, Heard, Resumed, check

SOUND: list[Entry] = [
    Began("e", 4),
    Heard("e", 5, "a"),
    Heard("e", 6, "b"),
    Resumed("e", 8, 2),
    Heard("e", 7, "c"),
    Heard("e", 8, "d"),
    Began("f", 2),
    Heard("f", 3, "g"),
]


def test_a_sound_history_is_clean() -> None:
    findings = check([SOUND, SOUND[:3]], {"a", "g"})
    assert findings.are_clean
    assert (findings.receipts, findings.begun, findings.resumed) == (7, 3, 1)


@pytest.mark.parametrize(
    ("fault", "entries"),
    [
        ("silent_gaps", [*SOUND[:2], SOUND[2]._replace(seq=7)]),
        ("silent_gaps", [*SOUND[:3], Resumed("e", 8, 1), Heard("e", 8, "d")]),
        ("silent_gaps", [*SOUND[:2], Heard("f", 1, "x")]),
        ("silent_gaps", [*SOUND[:3], Resumed("f", 8, 2)]),
        ("doubled", [*SOUND[:3], SOUND[2]]),
        ("reordered", [*SOUND[:3], SOUND[1]]),
        ("disagreements", [Began("e", 4), Heard("e", 5, "another")]),
        ("said_twice", [Began("e", 20), Heard("e", 21, "a")]),
    ],
)
def test_a_planted_fault_is_found(fault: str, entries: list[Entry]) -> None:
    findings = check([SOUND, entries], set())
    assert getattr(findings, fault) > 0
    assert not findings.are_clean


def test_a_comment_that_was_acknowledged_and_never_heard_is_lost() -> None:
    assert check([SOUND], {"a", "never"}).lost == 1
