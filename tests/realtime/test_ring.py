"""The ring is the end of the full history: always whole, always bounded, and it knows what it no longer has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.ring import Ring, fitting

PAYLOADS = st.binary(min_size=1, max_size=40)


@given(
    st.integers(0, 50),
    st.lists(st.lists(PAYLOADS, max_size=12), max_size=20),
    st.integers(1, 20),
    st.integers(1, 200),
    st.integers(-5, 10),
)
def test_a_tail_is_what_was_said_after_a_position_or_none_when_any_of_it_is_gone(
    begin: int, batches: list[list[bytes]], max_events: int, max_bytes: int, offset: int
) -> None:
    ring = Ring(begin, max_events=max_events, max_bytes=max_bytes)
    history: list[bytes] = []
    for batch in batches:
        ring.extend(batch)
        history += batch
        assert ring.last_seq == begin + len(history)
        kept = ring.tail(ring.first_seq - 1)
        assert kept is not None
        assert kept == history[len(history) - len(kept) :]
        assert len(ring) == len(kept) <= max_events
        assert sum(map(len, kept)) <= max_bytes or len(kept) == 1
        if len(kept) < min(len(history), max_events):
            longer = history[len(history) - len(kept) - 1 :]
            assert sum(map(len, longer)) > max_bytes, "let go of more than it had to"
        for after in (ring.last_seq + offset, ring.first_seq + offset, ring.first_seq - 1, ring.last_seq):
            expected = history[after - begin :] if ring.first_seq - 1 <= after <= ring.last_seq else None
            assert ring.tail(after) == expected


@given(st.lists(PAYLOADS, min_size=1, max_size=20), st.integers(-3, 25), PAYLOADS, st.lists(PAYLOADS, max_size=9))
def test_what_is_replaced_keeps_its_number_and_is_counted_with_its_new_size(
    events: list[bytes], seq: int, other: bytes, more: list[bytes]
) -> None:
    ring, expected = Ring(max_events=30, max_bytes=10_000), Ring(max_events=30, max_bytes=10_000)
    ring.extend(events)
    ring.replace(seq, other)
    ring.extend(more)
    expected.extend([other if number == seq else event for number, event in enumerate(events, 1)] + more)
    assert ring.tail(0) == expected.tail(0)
    assert ring._size_bytes == expected._size_bytes


@given(st.lists(PAYLOADS, min_size=1, max_size=20), st.integers(1, 100))
def test_the_longest_beginning_that_fits_and_at_least_one(events: list[bytes], max_bytes: int) -> None:
    part = fitting(events, max_bytes)
    assert part == events[: len(part)]
    assert part
    assert len(part) == 1 or sum(map(len, part)) <= max_bytes
    assert len(part) == len(events) or sum(map(len, events[: len(part) + 1])) > max_bytes


def test_a_restarted_ring_is_empty_has_the_same_bounds_and_counts_from_there() -> None:
    ring = Ring(max_events=2)
    ring.extend([b"a", b"b", b"c"])
    again = ring.restarted(9)
    again.extend([b"x", b"y", b"z"])
    assert (again.first_seq, again.last_seq) == (11, 12)
    assert again.tail(10) == [b"y", b"z"]
    assert again.tail(9) is None
