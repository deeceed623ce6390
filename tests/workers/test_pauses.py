"""A process that ended is started again: at once when it had lived, ever later when it cannot live."""

from __future__ import annotations

from liveroom.server.workers.pauses import FIRST_S, LONGEST_S, SOUND_S, Pauses


def test_one_that_cannot_live_is_tried_ever_more_seldom() -> None:
    pauses = Pauses()
    told = [pauses.after(0.5) for _ in range(12)]
    assert told[0] == FIRST_S
    assert told == sorted(told)
    assert told[-1] == LONGEST_S


def test_one_that_lived_begins_anew() -> None:
    pauses = Pauses()
    for _ in range(12):
        pauses.after(1.0)
    assert pauses.after(SOUND_S) == FIRST_S
