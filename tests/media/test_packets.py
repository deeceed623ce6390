"""RTP, RTCP and payload headers: what is written is read again, and nothing a stranger sends makes a reader fail."""

from __future__ import annotations

import struct

import pytest
from aiortc import rtp as other
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.media.sfu import rtcp
from liveroom.realtime.media.sfu.rtp import HEADER, is_newer, is_rtcp, read_packet, write_send_time
from liveroom.realtime.media.sfu.vp8 import (
    begins_h264_key_frame,
    begins_vp8_key_frame,
    read_descriptor,
    read_picture_id,
    rewrite_ids,
)

BYTES = st.binary(max_size=120)


@given(BYTES)
@settings(max_examples=300)
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    packet = read_packet(data)
    if packet is not None:
        assert len(packet.payload) <= len(data) - HEADER.size


@given(st.binary(min_size=1, max_size=60))
@settings(max_examples=300)
def test_any_header_extension_is_bounded(block: bytes) -> None:
    block += bytes(-len(block) % 4)
    for profile in (0xBEDE, 0x1000, 0x1234):
        data = HEADER.pack(0x90, 96, 1, 2, 3) + struct.pack("!HH", profile, len(block) // 4) + block + b"payload"
        packet = read_packet(data)
        assert packet is not None
        assert packet.payload == b"payload"
        assert sum(map(len, packet.extensions.values())) <= len(block)


def test_a_packet_of_another_implementation_is_read() -> None:
    extensions = other.HeaderExtensionsMap()
    packet = other.RtpPacket(payload_type=111, marker=1, sequence_number=65_535, timestamp=4_000_000_000, ssrc=7)
    packet.payload, packet.csrc = b"opus", [1, 2]
    ours = read_packet(packet.serialize(extensions))
    assert ours is not None
    assert (ours.payload_type, bool(ours.marker), ours.seq) == (111, True, 65_535)
    assert (ours.ts, ours.ssrc, ours.payload) == (4_000_000_000, 7, b"opus")


def test_padding_is_no_payload_and_lies_about_it_are_no_packet() -> None:
    head = HEADER.pack(0xA0, 96, 1, 2, 3)
    probe = read_packet(head + bytes(3) + b"\x04")
    assert probe is not None
    assert probe.payload == b""
    assert read_packet(head + b"\xff") is None


def test_the_time_of_sending_is_an_extension_that_can_be_read() -> None:
    packet = read_packet(HEADER.pack(0x90, 96, 1, 2, 3) + write_send_time(3, 1.5) + b"x")
    assert packet is not None
    assert packet.extensions == {3: (1.5 * 262_144).__int__().to_bytes(3, "big")}
    assert packet.payload == b"x"


def test_numbers_wrap() -> None:
    assert is_newer(2, 65_535)
    assert not is_newer(65_535, 2)
    assert not is_newer(5, 5)


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_read_as_reports(data: bytes) -> None:
    assert len(list(rtcp.read_reports(data))) <= 20 * max(1, len(data))


@pytest.mark.parametrize("kind", [rtcp.SR, rtcp.RR, rtcp.SDES, rtcp.BYE, rtcp.RTPFB, rtcp.PSFB, 99])
@given(count=st.integers(0, 31), body=st.binary(max_size=64))
@settings(max_examples=50)
def test_any_body_of_any_report_is_read(kind: int, count: int, body: bytes) -> None:
    body += bytes(-len(body) % 4)
    list(rtcp.read_reports(struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body))


def test_what_we_ask_for_is_understood_by_another_implementation() -> None:
    seqs = [65_534, 65_535, 3, 700]
    nack, pli, remb = other.RtcpPacket.parse(
        rtcp.write_nack(1, 2, seqs) + rtcp.write_pli(1, 2) + rtcp.write_remb(1, 2_500_000, (2, 9))
    )
    assert isinstance(nack, other.RtcpRtpfbPacket)
    assert [seq & 0xFFFF for seq in nack.lost] == seqs
    assert isinstance(pli, other.RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc) == (other.RTCP_PSFB_PLI, 2)
    assert isinstance(remb, other.RtcpPsfbPacket)
    bitrate, ssrcs = other.unpack_remb_fci(remb.fci)
    assert bitrate == pytest.approx(2_500_000, rel=0.001)
    assert ssrcs == [2, 9]


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=30, unique=True))
def test_every_number_that_is_asked_for_is_read(seqs: list[int]) -> None:
    (report,) = rtcp.read_reports(rtcp.write_nack(1, 2, seqs))
    assert isinstance(report, rtcp.Missing)
    assert set(report.seqs) == set(seqs)


def test_reports_of_both_directions_are_read_again() -> None:
    sent = rtcp.SenderReport(5, 0x0123456789ABCDEF, 90_000, 10, 2_000)
    block = rtcp.Block(5, 12, 34, 56, 78, 90, 123)
    data = rtcp.write_sender_report(sent, b"liveroom-slot-0") + rtcp.write_receiver_report(9, [block])
    assert list(rtcp.read_reports(data)) == [sent, block]
    report, description, _ = other.RtcpPacket.parse(data)
    assert isinstance(report, other.RtcpSrPacket)
    assert isinstance(description, other.RtcpSdesPacket)
    assert description.chunks[0].items == [(1, b"liveroom-slot-0")]


@pytest.mark.parametrize(("second", "expected"), [(199, True), (111, False), (224, False)])
def test_reports_and_media_are_told_apart(second: int, expected: bool) -> None:
    assert is_rtcp(bytes([0x80, second, 0, 0])) is expected


@given(BYTES)
@settings(max_examples=300)
def test_any_payload_has_a_descriptor_inside_of_it(payload: bytes) -> None:
    found = read_descriptor(payload)
    assert max(found.at + found.wide, found.tl0_at) < max(1, len(payload))
    assert len(rewrite_ids(payload, found, 1, 1)) == len(payload)
    begins_vp8_key_frame(payload)
    begins_h264_key_frame(payload)


@given(st.integers(0, 0x7FFF), st.integers(0, 0xFF), st.integers(0, 0x7FFF), st.integers(0, 255))
def test_picture_ids_are_moved_where_another_implementation_reads_them(
    picture: int, tl0: int, id_offset: int, tl0_offset: int
) -> None:
    descriptor = VpxPayloadDescriptor(1, 0, picture_id=picture, tl0picidx=tl0, tid=(1, 0))
    payload = bytes(descriptor) + b"frame"
    found = read_descriptor(payload)
    assert read_picture_id(payload, found) == picture
    moved, rest = VpxPayloadDescriptor.parse(rewrite_ids(payload, found, id_offset, tl0_offset))
    wide = 0x7FFF if found.wide else 0x7F
    assert moved.picture_id == (picture + id_offset) & wide
    assert moved.tl0picidx == (tl0 + tl0_offset) & 0xFF
    assert rest == b"frame"


@pytest.mark.parametrize(
    ("payload", "begins"),
    [(b"\x10\x10\x00", True), (b"\x10\x11\x00", False), (b"\x00\x10", False), (b"\x11\x10", False), (b"\x10", False)],
)
def test_a_key_frame_begins_with_its_first_packet(payload: bytes, begins: bool) -> None:
    assert begins_vp8_key_frame(payload) is begins


@pytest.mark.parametrize(
    ("payload", "begins"),
    [(b"g", True), (b"ex", True), (b"x\x00\x05g", True), (b"|\x85", True), (b"|\x05", False), (b"A", False)],
)
def test_a_picture_of_h264_can_begin_with_its_parameters(payload: bytes, begins: bool) -> None:
    assert begins_h264_key_frame(payload) is begins
