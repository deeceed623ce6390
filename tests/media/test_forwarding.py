"""A receiver sees one stream without holes, whoever is behind it and whatever layer it gets."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.download import AGAIN_BURST
from liveroom.realtime.media.sfu.rtcp import Block, SenderReport
from liveroom.realtime.media.sfu.vp8 import read_descriptor, read_picture_id
from tests.media.streams import Studio, picture


def _ids(studio: Studio) -> list[int]:
    return [read_picture_id(packet.payload, read_descriptor(packet.payload)) for packet in studio.sent]


def test_a_picture_begins_with_a_key_frame_which_is_asked_for() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    studio.send(stream, 1, 0, picture(1))
    stream.tick(studio.now_s)
    assert not studio.sent
    assert studio.asked == [stream.ssrc]
    studio.send(stream, 2, 3_000, picture(2, key=True))
    studio.send(stream, 3, 6_000, picture(3))
    assert [packet.seq for packet in studio.sent] == [2, 3]
    assert {packet.ssrc for packet in studio.sent} == {studio.download.place.ssrc}


def test_key_frames_are_not_asked_for_too_often() -> None:
    studio = Studio()
    stream = studio.source().layers[0]
    for _ in range(50):
        studio.now_s += 0.02
        stream.want_key(studio.now_s)
    assert len(studio.asked) <= 5


PEOPLE = st.tuples(st.integers(0, 65_535), st.integers(0, 2**32 - 1), st.integers(1, 8))


@given(st.lists(PEOPLE, min_size=1, max_size=6))
@settings(max_examples=60)
def test_one_stream_goes_on_over_any_change_of_people(people: list[tuple[int, int, int]]) -> None:
    studio = Studio()
    for number, (seq, ts, count) in enumerate(people):
        source = studio.source(f"u{number}")
        studio.download.show(source)
        for step in range(count):
            studio.now_s += 0.033
            payload = picture(seq + step & 0x7FFF, key=not step, tl0=seq)
            studio.send(source.layers[0], seq + step, ts + step * 3_000, payload)
    seqs = [packet.seq for packet in studio.sent]
    assert len(seqs) == sum(count for _, _, count in people)
    assert seqs == [(seqs[0] + step) & 0xFFFF for step in range(len(seqs))]
    assert _ids(studio) == [(_ids(studio)[0] + step) & 0x7FFF for step in range(len(seqs))]
    stamps = [packet.ts for packet in studio.sent]
    steps = [(after - before) & 0xFFFFFFFF for before, after in itertools.pairwise(stamps)]
    assert all(0 < step < 90_000 for step in steps)


def test_another_layer_takes_over_at_its_key_frame_without_a_gap() -> None:
    studio = Studio()
    source = studio.source(ranks=2)
    low, high = source.layers
    studio.download.wanted_rank = 0
    studio.download.show(source)
    studio.send(low, 10, 0, picture(5, key=True))
    studio.download.wanted_rank = 1
    studio.download.choose_layer()
    studio.send(low, 11, 3_000, picture(6))
    studio.send(high, 900, 777, picture(100))
    studio.send(high, 901, 3_777, picture(101, key=True))
    studio.send(low, 12, 6_000, picture(7))
    studio.send(high, 902, 6_777, picture(102))
    assert [packet.payload[-3:] for packet in studio.sent] == [b"key", b"lta", b"key", b"lta"]
    assert [packet.seq for packet in studio.sent] == [10, 11, 12, 13]
    assert _ids(studio) == [5, 6, 7, 8]
    studio.send(high, 899, 0, picture(99))
    assert len(studio.sent) == 4, "what is older than the key frame stays out"


def test_a_closed_source_reaches_nobody_and_begins_anew() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    studio.send(stream, 1, 960)
    source.set_open(False)
    studio.send(stream, 2, 1_920)
    assert len(studio.sent) == 1
    studio.now_s += 5
    source.set_open(True)
    studio.send(stream, 253, 240_000)
    assert [packet.seq for packet in studio.sent] == [1, 2]
    assert studio.sent[1].ts - studio.sent[0].ts == 5 * 48_000


def test_how_long_somebody_waited_for_the_first_packet_is_told_once() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    studio.now_s += 0.04
    for seq in range(5):
        studio.send(source.layers[0], seq, seq * 960)
    assert studio.firsts == [pytest.approx(0.04)]


def test_what_the_receiver_misses_is_sent_again_as_a_repair() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    for seq in range(5):
        studio.send(source.layers[0], seq, 0, picture(seq, key=not seq), marker=True)
    before = len(studio.sent)
    studio.download.send_again((3, 3, 40_000), studio.now_s)
    (again,) = studio.sent[before:]
    place = studio.download.place
    assert (again.ssrc, again.payload_type) == (place.repair_ssrc, place.codecs["vp8"].repair)
    assert again.payload == (3).to_bytes(2, "big") + studio.sent[3].payload
    assert again.marker


def test_sound_is_sent_again_as_it_was() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    for seq in range(3):
        studio.send(source.layers[0], seq, seq)
    studio.download.send_again((1,), studio.now_s)
    again = studio.sent[-1]
    assert (again.seq, again.ssrc, again.payload) == (1, studio.download.place.ssrc, b"audio")


def test_a_receiver_that_asks_for_everything_gets_no_more_than_its_share() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    for seq in range(400):
        studio.send(source.layers[0], seq, 0, picture(seq, key=not seq))
    before = len(studio.sent)
    for _ in range(10):
        studio.now_s += 1
        studio.download.send_again(tuple(range(400)), studio.now_s)
    assert len(studio.sent) - before <= AGAIN_BURST


def test_reports_say_when_what_is_seen_was_sampled() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    assert studio.download.report(studio.now_s) is None
    studio.send(stream, 7, 90_000, picture(1, key=True))
    stream.note_report(SenderReport(stream.ssrc, 5 << 32, 90_000, 1, 1), studio.now_s)
    report = studio.download.report(studio.now_s + 2)
    assert report is not None
    assert (report.ssrc, report.ntp, report.ts) == (studio.download.place.ssrc, 7 << 32, 90_000 + 180_000)


def test_the_round_trip_is_read_from_the_answer_to_the_last_report() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    studio.send(source.layers[0], 7, 90_000, picture(1, key=True))
    source.layers[0].note_report(SenderReport(1_000, 5 << 32, 90_000, 1, 1), studio.now_s)
    report = studio.download.report(studio.now_s)
    assert report is not None
    answer = Block(report.ssrc, 0, 0, 7, 0, report.ntp >> 16 & 0xFFFFFFFF, round(0.5 * 65_536))
    assert studio.download.read_rtt(answer, studio.now_s + 0.62) == pytest.approx(0.12, abs=0.001)
    assert studio.download.read_rtt(replace(answer, last_report=1), studio.now_s + 0.62) is None
    assert studio.download.read_rtt(answer, studio.now_s + 0.1) is None, "no time machine"


def test_a_codec_that_the_receiver_has_not_is_not_sent_to_it() -> None:
    studio = Studio()
    source = studio.source(codec="av1")
    studio.download.show(source)
    studio.send(source.layers[0], 1, 0, picture(1, key=True))
    assert not studio.sent
