"""Decisions without packets: how much, which layer, who talks, who is where, who may."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.media.events import BOTH, Kind
from liveroom.realtime.media.places import Person, assign
from liveroom.realtime.media.rights import Rights
from liveroom.realtime.media.sfu.layer_choice import HIGH, LOW, LayerChoice
from liveroom.realtime.media.sfu.talking import Loudness
from liveroom.realtime.media.sfu.uplink import LEAST_BPS, Uplink

ADA, BEN, CAL = (Person("r", name) for name in ("ada", "ben", "cal"))


def _stamp(at_s: float) -> bytes:
    return (int(at_s * 262_144) & 0xFFFFFF).to_bytes(3, "big")


def _run(uplink: Uplink, from_s: float, seconds: float, queue_s_per_s: float = 0.0, loss: float = 0.0) -> int:
    limit = 0
    for second in range(int(seconds)):
        for step in range(50):
            sent_s = from_s + second + step / 50
            uplink.observe(sent_s + 0.03 + queue_s_per_s * (second + step / 50), _stamp(sent_s), 1_200)
        limit = uplink.tick(1.0, loss)
    return limit


def test_a_good_line_may_send_all() -> None:
    assert _run(Uplink(2_500_000), 1.0, 20) == 2_500_000


def test_a_queue_that_grows_brings_it_down_and_it_recovers_slowly() -> None:
    uplink = Uplink(2_500_000)
    _run(uplink, 1.0, 5)
    low = _run(uplink, 6.0, 5, queue_s_per_s=0.3)
    assert low < 500_000
    later = _run(uplink, 40.0, 3)
    assert low < later < 2_500_000


def test_losses_bring_it_down_but_never_to_nothing() -> None:
    uplink = Uplink(2_500_000)
    assert _run(uplink, 1.0, 60, loss=0.5) == LEAST_BPS


def test_the_clock_of_the_stamps_wraps() -> None:
    assert _run(Uplink(2_000_000), 60.0, 10) == 2_000_000


@given(st.lists(st.tuples(st.floats(0, 1e6), st.binary(max_size=4), st.integers(0, 1_500)), max_size=50))
def test_any_stamps_are_survived(packets: list[tuple[float, bytes, int]]) -> None:
    uplink = Uplink(1_000_000)
    for arrived_s, stamp, size in packets:
        uplink.observe(arrived_s, stamp, size)
    assert LEAST_BPS <= uplink.tick(1.0, 0.0) <= 1_000_000


def test_a_weak_line_gets_the_small_picture_and_is_tried_less_and_less() -> None:
    choice = LayerChoice()
    ups: list[float] = []
    for second in range(200):
        before = choice.rank
        sent = 2_000_000.0 if before == HIGH else 200_000.0
        choice.look(float(second), 600_000, sent, 0.0)
        if before == LOW and choice.rank == HIGH:
            ups.append(second)
    pauses = [after - before for before, after in itertools.pairwise(ups)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]


def test_one_bad_second_is_forgiven() -> None:
    choice = LayerChoice()
    for second in range(60):
        choice.look(float(second), None, 1e6, 0.5 if second % 2 else 0.0)
    assert choice.rank == HIGH


def test_somebody_talks_who_is_loud_most_of_the_time() -> None:
    loudness = Loudness()
    for window, loud in enumerate([0, 1, 8, 8, 0, 0]):
        for packet in range(10):
            loudness.hear(bytes([20 if packet < loud else 127]))
        assert loudness.look() is (window in (2, 3, 4)), window
    for _ in range(3):
        loudness.hear(b"\x0a")
    assert not loudness.look(), "a click is not speech"


@given(st.lists(st.lists(st.sampled_from([Person("r", str(number)) for number in range(8)]), unique=True), max_size=8))
def test_whoever_has_a_slot_keeps_it(changes: list[list[Person]]) -> None:
    slots: list[Person | None] = [None] * 4
    for wanted in changes:
        after = assign(slots, wanted)
        shown = [person for person in after if person is not None]
        assert len(after) == 4
        assert len(shown) == len(set(shown)) == min(4, len(wanted))
        assert set(shown) == set(wanted[:4])
        for before, now in zip(slots, after, strict=True):
            assert before is None or before == now or before not in shown
        slots = after


def test_a_right_is_for_the_kinds_it_names_until_it_ends() -> None:
    rights = Rights()
    assert not rights.may_send(ADA, Kind.AUDIO)
    rights.grant(ADA, 0, frozenset({Kind.AUDIO}))
    assert rights.may_send(ADA, Kind.AUDIO)
    assert not rights.may_send(ADA, Kind.VIDEO)
    rights.mute(ADA, Kind.AUDIO, True)
    assert not rights.may_send(ADA, Kind.AUDIO)
    rights.revoke(ADA)
    rights.grant(ADA, 0, BOTH)
    assert rights.may_send(ADA, Kind.AUDIO), "a mute ends with the grant"


def test_linked_rooms_are_shown_after_ones_own_in_the_order_of_seats() -> None:
    rights = Rights()
    rights.grant(BEN, 1, BOTH)
    rights.grant(ADA, 0, BOTH)
    rights.grant(Person("s", "eve"), 0, BOTH)
    rights.link("r", "s")
    rights.link("s", "r")
    assert rights.shown_in("r") == [ADA, BEN, Person("s", "eve")]
    assert rights.shown_in("s") == [Person("s", "eve"), ADA, BEN]
    rights.link("s", "t")
    assert rights.linked("s") == {"r", "t"}
    rights.unlink("r", "s")
    assert rights.shown_in("r") == [ADA, BEN]
    assert rights.linked("t") == {"s"}
