"""How soon people of a room are seen is kept for its staff, and no more of it than is needed."""

from __future__ import annotations

import pytest

from liveroom.rooms.media import times
from liveroom.rooms.media.times import RoomTimes, Spread, Step


def test_percentiles_are_those_of_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = RoomTimes()
    for took_ms in (9_999, *range(1, times.KEPT + 1)):
        kept.note("r", Step.CONNECTED, took_ms)
    kept.note("r", Step.PACKET, 7, warm=True)
    assert kept.read("r") == [
        Spread(Step.CONNECTED, None, 200, 100, 190),
        Spread(Step.PACKET, True, 1, 7, 7),
    ]
    assert kept.read("another") == []


def test_the_room_that_was_quiet_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "ROOMS", 2)
    kept = RoomTimes()
    for room in ("a", "b", "a", "c"):
        kept.note(room, Step.CONNECTED, 1)
    assert [bool(kept.read(room)) for room in "abc"] == [True, False, True]
