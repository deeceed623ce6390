"""Sources and receivers without sockets: what is sent is written down and read as another implementation does."""

from __future__ import annotations

from dataclasses import dataclass, field

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import Agreement, Place, agree
from liveroom.realtime.media.sfu.download import Download
from liveroom.realtime.media.sfu.offer import read_offer
from liveroom.realtime.media.sfu.rtp import Packet, read_packet
from liveroom.realtime.media.sfu.upload import Source, Stream

HEAD = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE {mids}
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
"""
FINGERPRINT = ":".join(["AB"] * 32)
EXTENSIONS = """a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
"""
AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:{mid}
a={direction}
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 nack
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
a=mid:{mid}
a={direction}
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:* goog-remb
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 packetization-mode=1;profile-level-id=42e01f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
"""
LAYERS = """a=rid:l send
a=rid:h send
a=simulcast:send l;h
"""


def offer(slots: int = 1, *, layers: bool = False, more: str = "") -> str:
    """A description as browsers write it: one upload of each kind, then slots."""
    sections = [AUDIO.format(mid=0, direction="sendonly"), VIDEO.format(mid=1, direction="sendonly")]
    if layers:
        sections[1] += LAYERS
    for number in range(slots):
        sections.append(AUDIO.format(mid=2 + 2 * number, direction="recvonly"))
        sections.append(VIDEO.format(mid=3 + 2 * number, direction="recvonly"))
    mids = " ".join(str(number) for number in range(len(sections)))
    text = HEAD.format(mids=mids, fingerprint=FINGERPRINT) + "".join(part + EXTENSIONS for part in sections) + more
    return text.replace("\n", "\r\n")


def agreement(slots: int = 1, *, layers: bool = False) -> Agreement:
    """What is agreed upon it."""
    return agree(read_offer(offer(slots, layers=layers)), 8)


def place(kind: Kind = Kind.VIDEO) -> Place:
    """A slot of a receiver."""
    return next(each for each in agreement().places if each.kind is kind)


@dataclass
class Studio:
    """A source of one kind and a receiver of it."""

    kind: Kind = Kind.VIDEO
    now_s: float = 100.0
    sent: list[Packet] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.download = Download(place(self.kind), self._write)

    def _write(self, data: bytes) -> None:
        packet = read_packet(data)
        assert packet is not None
        self.sent.append(packet)

    def source(self, user_id: str = "u", *, ranks: int = 1, codec: str | None = None) -> Source:
        """Somebody who may be heard, with so many layers."""
        source = Source("r", user_id, self.kind, self.asked.append, self._note_first, lambda: self.now_s)
        for rank in range(ranks):
            name = codec or ("vp8" if self.kind is Kind.VIDEO else "opus")
            source.add(Stream(source, 1_000 + rank, name, rank))
        source.set_open(True)
        return source

    def _note_first(self, kind: Kind, waited_s: float) -> None:
        self.firsts.append(waited_s)

    def send(self, stream: Stream, seq: int, ts: int, payload: bytes = b"audio", *, marker: bool = False) -> None:
        """A packet comes in."""
        packet = Packet(96, 0x80 if marker else 0, seq & 0xFFFF, ts & 0xFFFFFFFF, stream.ssrc, payload, {})
        if stream.reception.take(packet.seq, packet.ts, self.now_s) >= 0:
            stream.forward(packet, self.now_s)


def picture(number: int, *, key: bool = False, tl0: int = 0) -> bytes:
    """A frame of VP8 in one packet, with a picture id of 15 bits."""
    descriptor = bytes([0x90, 0xC0, 0x80 | number >> 8 & 0x7F, number & 0xFF, tl0 & 0xFF])
    return descriptor + (b"\x00key" if key else b"\x01delta")
