"""Descriptions of clients: what browsers write is answered, what strangers write is refused with a reason."""

from __future__ import annotations

import re

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.media.base import SDP_CHARS
from liveroom.realtime.media.errors import OfferRefused
from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import Agreement, agree
from liveroom.realtime.media.sfu.answer import Local, write_answer
from liveroom.realtime.media.sfu.download import Download
from liveroom.realtime.media.sfu.offer import read_offer
from liveroom.realtime.media.sfu.rtp import Packet, is_rtcp, read_packet
from liveroom.realtime.media.sfu.upload import Source, Stream
from tests.media.streams import AUDIO, FINGERPRINT, agreement, offer

LOCAL = Local("uf12", "p" * 32, FINGERPRINT, ("1 1 udp 2130706431 127.0.0.1 5000 typ host",), "active")


def test_uploads_and_slots_are_found() -> None:
    found = agreement(slots=3)
    assert [(upload.kind, upload.codecs[0].name) for upload in found.uploads] == [("audio", "opus"), ("video", "vp8")]
    assert [(place.kind, place.number) for place in found.places] == [
        (kind, number) for number in range(3) for kind in (Kind.AUDIO, Kind.VIDEO)
    ]
    assert len({ssrc for place in found.places for ssrc in (place.ssrc, place.repair_ssrc)}) == 12


def test_no_more_slots_than_allowed() -> None:
    assert len(agree(read_offer(offer(5)), 2).places) == 4


def test_an_answer_is_understood_by_another_implementation() -> None:
    text = write_answer(agreement(slots=2, layers=True), LOCAL)
    parsed = SessionDescription.parse(text)
    assert [media.direction for media in parsed.media] == ["recvonly"] * 2 + ["sendonly"] * 4
    assert [media.rtp.muxId for media in parsed.media] == [str(number) for number in range(6)]
    assert {media.dtls.role for media in parsed.media} == {"client"}
    assert [codec.name for codec in parsed.media[3].rtp.codecs] == ["VP8", "rtx", "H264", "rtx"]
    assert len(parsed.media[3].ssrc) == 2
    assert "a=simulcast:recv l;h\r\n" in text
    assert text.count("a=candidate:") == 6


def test_what_is_not_known_is_refused_in_its_place() -> None:
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:9\r\na=sctp-port:5000\r\n"
    text = write_answer(agree(read_offer(offer(more=data)), 8), LOCAL)
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" in text
    bundle = re.search(r"a=group:BUNDLE (.*)\r", text)
    assert bundle is not None
    assert bundle[1].split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("a=rtcp-mux", "a=x", "rtcp-mux"),
        ("a=group:BUNDLE", "a=group:LS", "BUNDLE"),
        (FINGERPRINT, "AB:CD", "fingerprint"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5", "fingerprint"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a b", "ice-ufrag"),
        ("a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-pwd:short", "ice-pwd"),
        ("a=setup:actpass", "a=setup:holdconn", "setup"),
        ("a=mid:1", "a=mid:0", "mid"),
        ("a=mid:1", "a=mid:<script>", "mid"),
        ("m=audio 9", "m=audio x", "media line"),
    ],
)
def test_the_reason_of_a_refusal_names_the_fault(old: str, new: str, reason: str) -> None:
    with pytest.raises(OfferRefused, match=reason):
        read_offer(offer().replace(old, new))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\n",
        "x" * (SDP_CHARS + 1),
        "a=" + "x" * 3_000,
        AUDIO.format(mid=1, direction="x") * 41,
        "\0" * 500,
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(OfferRefused):
        read_offer(text)


def test_without_a_codec_there_is_no_answer() -> None:
    text = offer().replace("opus", "speex").replace("VP8", "theora").replace("H264", "h261")
    with pytest.raises(OfferRefused, match="codecs"):
        agree(read_offer(text), 8)


def _forward(found: Agreement) -> None:
    """Send with everything that was agreed, first and again."""
    sent: list[bytes] = []
    for place in found.places:
        for name, codec in place.codecs.items():
            source = Source("r", "u", place.kind, lambda ssrc: None, lambda kind, s: None, lambda: 1.0)
            stream = Stream(source, 7, name, 0)
            source.add(stream)
            source.set_open(True)
            download = Download(place, sent.append)
            download.show(source)
            payload = b"\x10\x00\x00" if name == "vp8" else b"\x05"
            sent.clear()
            stream.forward(Packet(0, 0x80, 1, 2, 7, payload, {}), 1.0)
            download.send_again((1,), 1.5)
            packets = [packet for data in sent if (packet := read_packet(data))]
            assert download.faults == 0
            assert [packet.payload_type for packet in packets] == [
                codec.number, codec.number if codec.repair is None else codec.repair
            ]  # fmt: skip
            assert not any(map(is_rtcp, sent))


@given(st.lists(st.integers(0, 999), min_size=4, max_size=4, unique=True))
@settings(max_examples=200)
def test_whatever_payload_types_are_agreed_can_be_sent(numbers: list[int]) -> None:
    types = dict(zip(("96", "97", "102", "103"), map(str, numbers), strict=True))
    found = agree(read_offer(re.sub(r"\b(96|97|102|103)\b", lambda known: types[known[0]], offer(1))), 8)
    agreed = [codec for place in found.places if place.kind is Kind.VIDEO for codec in place.codecs.values()]
    assert {codec.number for codec in agreed} <= {number for number in numbers if number < 128}
    _forward(found)


@pytest.mark.parametrize("number", [64, 72, 95, 128, 200, 256, 300, 999])
def test_payload_types_that_no_packet_can_carry_are_no_codecs(number: int) -> None:
    found = agree(read_offer(re.sub(r"\b96\b", str(number), offer(1))), 8)
    (video,) = [place for place in found.places if place.kind is Kind.VIDEO]
    assert [codec.number for codec in video.codecs.values()] == [102]


LINES = st.sampled_from(offer(2, layers=True).splitlines())
TEXT = st.text(max_size=60)
NUMBERS = st.builds(lambda line, number: re.sub(r"\b(96|97|111)\b", str(number), line), LINES, st.integers(0, 999))
HOSTILE = st.one_of(LINES, NUMBERS, TEXT.map(lambda text: f"a={text}"), st.builds("{}:{}".format, LINES, TEXT))


@given(st.lists(HOSTILE, max_size=80))
@settings(max_examples=200)
def test_any_lines_are_answered_or_refused(lines: list[str]) -> None:
    try:
        found = agree(read_offer("\r\n".join(lines)), 8)
    except OfferRefused:
        return
    _forward(found)
    answer = write_answer(found, LOCAL)
    assert all(len(line) < 400 for line in answer.split("\r\n"))


@pytest.mark.parametrize(
    "evil",
    ["a=fmtp:111 x\r\na=evil", "a=rid:e;evil send", "a=rtcp-fb:96 evil", "a=extmap:3 evil", "a=ssrc:1 evil:x"],
)
def test_no_text_of_the_client_comes_back(evil: str) -> None:
    """What an answer repeats is numbers, mids and names of layers."""
    text = write_answer(agree(read_offer(offer().replace("a=rtcp-mux", f"a=rtcp-mux\r\n{evil}")), 8), LOCAL)
    assert "evil" not in text
