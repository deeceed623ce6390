"""Workers of one machine share its clock; others know the time as well as their best round trip."""

from __future__ import annotations

from loadtests.conduct.run_clock import Offset, Told, choose_offset

MS = 1_000_000


def test_on_one_machine_there_is_nothing_to_correct() -> None:
    assert choose_offset([Told(0, 5 * MS, 99, same_machine=True)]) == Offset(0, 0.0)


def test_the_shortest_round_trip_decides_and_bounds_the_error() -> None:
    # The master is 100 ms ahead; the first answer was held up on its way back.
    slow = Told(1_000 * MS, 1_060 * MS, 1_101 * MS, same_machine=False)
    quick = Told(2_000 * MS, 2_004 * MS, 2_102 * MS, same_machine=False)
    offset = choose_offset([slow, quick])
    assert offset.offset_ns == 100 * MS
    assert offset.error_ms == 2.0


def test_the_true_offset_lies_within_the_error() -> None:
    for there_ms, back_ms in ((1, 9), (9, 1), (5, 5)):
        told = Told(0, (there_ms + back_ms) * MS, (there_ms + 70) * MS, same_machine=False)
        offset = choose_offset([told])
        assert abs(offset.offset_ns - 70 * MS) <= offset.error_ms * MS
