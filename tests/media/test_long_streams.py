"""A stream goes on for hours: numbers of 16 bits, picture ids and stamps wrap, and a receiver notices nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pylibsrtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.download import LATE
from liveroom.realtime.media.sfu.reception import Reception
from liveroom.realtime.media.sfu.rtp import HEADER, Packet, read_packet
from liveroom.realtime.media.sfu.uplink import Uplink
from liveroom.realtime.media.sfu.vp8 import read_descriptor, read_picture_id
from tests.media.streams import Studio, picture

STEP = 3_000
LATEST = 200


def _arrivals(count: int, seed: int, loss: float, late: float) -> Iterator[int]:
    """The numbers from 0 on in the order in which they arrive; the first one is the first."""
    chance = random.Random(seed)
    held: dict[int, list[int]] = {}
    for number in range(count):
        if number and chance.random() < loss:
            pass
        elif number and chance.random() < late:
            held.setdefault(number + chance.randint(1, LATEST), []).append(number)
        else:
            yield number
        yield from held.pop(number, ())


def _begin(studio: Studio) -> None:
    """Somebody else was shown before, so that everything has to be moved on."""
    source = studio.source("before")
    studio.download.show(source)
    studio.send(source.layers[0], 4_711, 99, picture(1_234, key=True, tl0=9))
    studio.now_s += 1
    studio.sent.clear()


@pytest.mark.parametrize(
    ("count", "start", "loss", "late"), [(200_000, 40_000, 0, 0), (140_000, 0, 0.01, 0.03), (70_000, 65_530, 0, 0.2)]
)
def test_all_that_arrives_goes_out_however_often_the_numbers_wrap(
    count: int, start: int, loss: float, late: float
) -> None:
    studio = Studio()
    _begin(studio)
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    arrived = list(_arrivals(count, 7, loss, late))
    for number in arrived:
        studio.now_s += 1 / 300
        payload = picture(20_000 + number & 0x7FFF, key=not number, tl0=number)
        studio.send(stream, start + number, 4_294_000_000 + number * STEP, payload)
    first = studio.sent[0]
    first_id = read_picture_id(first.payload, read_descriptor(first.payload))
    assert (first.seq, first_id) == (4_712, 1_235)
    assert len(studio.sent) == len(arrived)
    for number, packet in zip(arrived, studio.sent, strict=True):
        assert packet.seq == (first.seq + number) & 0xFFFF
        assert packet.ts == (first.ts + number * STEP) & 0xFFFFFFFF
        assert read_picture_id(packet.payload, read_descriptor(packet.payload)) == (first_id + number) & 0x7FFF


def test_sound_of_half_an_hour_arrives_through_real_encryption() -> None:
    """libsrtp refuses numbers that are behind by more than its window, on either side."""
    key = bytes(range(30))
    ends = []
    for kind in (pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND):
        policy = pylibsrtp.Policy(key=key, ssrc_type=kind)
        policy.allow_repeat_tx, policy.window_size = True, 1024
        ends.append(pylibsrtp.Session(policy))
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    got: list[int] = []
    for number in _arrivals(90_000, 1, 0.005, 0.02):
        studio.now_s += 0.02
        studio.send(source.layers[0], 5 + number, number * 960)
        packet = studio.sent.pop()
        data = HEADER.pack(0x80, 111, packet.seq, packet.ts, packet.ssrc) + packet.payload
        received = read_packet(ends[1].unprotect(ends[0].protect(data)))
        assert received is not None
        got.append(received.seq)
        assert (received.seq - 5 - number) & 0xFFFF == 0
    assert len(got) > 89_000


JUMPS = st.lists(st.tuples(st.integers(1, 0x7FFF), st.integers(0, 3)), max_size=40)


@given(st.integers(0, 65_535), JUMPS)
@settings(max_examples=200)
def test_whatever_numbers_a_sender_jumps_to_go_out(start: int, jumps: list[tuple[int, int]]) -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    seq = start
    studio.send(source.layers[0], seq, 0)
    count = 1
    for jump, more in jumps:
        for step in (jump, *[1] * more):
            studio.now_s += 0.02
            seq += step
            count += 1
            studio.send(source.layers[0], seq, seq * 960)
    assert len(studio.sent) == count


def test_what_is_older_than_the_beginning_stays_out_as_long_as_it_can_come() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    stream.reception.take(65_400, 0, studio.now_s)
    stream.forward(Packet(111, 0, 65_500, 0, stream.ssrc, b"first", {}), studio.now_s)
    for number in range(1, LATE):
        stream.forward(Packet(111, 0, (65_500 + number) & 0xFFFF, 0, stream.ssrc, b"later", {}), studio.now_s)
    before = len(studio.sent)
    stream.forward(Packet(111, 0, 65_450, 0, stream.ssrc, b"older", {}), studio.now_s)
    assert len(studio.sent) == before


def test_a_probe_at_the_end_of_a_layer_does_not_hide_its_last_picture() -> None:
    studio = Studio()
    first, second = studio.source("a"), studio.source("b")
    studio.download.show(first)
    studio.send(first.layers[0], 1, 0, picture(500, key=True))
    studio.send(first.layers[0], 2, 0, b"")
    studio.download.show(second)
    studio.send(second.layers[0], 1, 0, picture(9, key=True))
    ids = [read_picture_id(packet.payload, read_descriptor(packet.payload)) for packet in studio.sent]
    assert ids == [500, -1, 501]


def test_picture_ids_of_seven_bits_go_on_in_fifteen() -> None:
    studio = Studio()
    people = [studio.source(name) for name in "abc"]
    studio.download.show(people[0])
    studio.send(people[0].layers[0], 1, 0, picture(20_000, key=True))
    studio.download.show(people[1])
    for number in range(300):
        narrow = bytes([0x90, 0x80, number & 0x7F]) + (b"\x01delta" if number else b"\x00key")
        studio.send(people[1].layers[0], number, 0, narrow)
    studio.download.show(people[2])
    studio.send(people[2].layers[0], 1, 0, picture(3, key=True))
    ids = [read_picture_id(packet.payload, read_descriptor(packet.payload)) for packet in studio.sent]
    assert ids[1:-1] == [(20_001 + number) & 0x7F for number in range(300)]
    assert ids[-1] == (ids[-2] + 1) & 0x7F


def test_stamps_do_not_seem_to_go_back_after_a_night_of_silence() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    studio.send(source.layers[0], 1, 77)
    source.set_open(False)
    studio.now_s += 14 * 3_600
    source.set_open(True)
    studio.send(source.layers[0], 2, 5)
    assert 0 < (studio.sent[1].ts - studio.sent[0].ts) & 0xFFFFFFFF < 1 << 31


def test_reports_count_on_over_wraps_and_jumps() -> None:
    reception = Reception(48_000)
    for number in range(150_000):
        if number % 50 != 49:
            reception.take((65_000 + number) & 0xFFFF, number * 960 & 0xFFFFFFFF, number * 0.02)
    block = reception.block(1, 3_000.0)
    assert block.highest == 65_000 + 149_998
    assert block.lost == 150_000 // 50 - 1
    assert block.jitter == 0
    reception.take((65_000 + 180_000) & 0xFFFF, 0, 3_600.0)
    block = reception.block(1, 3_600.0)
    assert block.highest == 65_000 + 180_000
    assert (block.fraction, block.lost) == (0, 0), "a jump is a new beginning"


@pytest.mark.parametrize("silent_s", [20, 40, 70, 600])
def test_who_was_silent_for_long_may_send_as_much_as_before(silent_s: int) -> None:
    """The time of sending in a packet has 24 bits, 64 seconds; what was sent in between nobody knows."""
    uplink = Uplink(2_500_000)
    for begins_s in (1.0, 6.0 + silent_s):
        for step in range(250):
            sent_s = begins_s + step / 50
            uplink.observe(sent_s + 0.03, (int(sent_s * 262_144) & 0xFFFFFF).to_bytes(3, "big"), 1_200)
            if step % 50 == 49:
                assert uplink.tick(1.0, 0.0) == 2_500_000
