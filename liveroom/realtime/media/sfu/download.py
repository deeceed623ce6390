"""What a person receives in one place: always the same stream to the receiver, whoever is behind it.

Numbers, stamps, payload type and stream id are rewritten, so that layers and people can be exchanged without the
receiver noticing more than a key frame (RFC 3550 §7 calls this a mixer-translator).
Promise: the numbers sent have no holes but those of packets that were lost on the way in; what a receiver asks for
again is sent again while it is kept, and never more than a share of what it gets anyway.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import CLOCKS, Codec, Place
from liveroom.realtime.media.sfu.rtcp import Block, SenderReport
from liveroom.realtime.media.sfu.rtp import HEADER, SEQ_MASK, Packet, is_newer, write_send_time
from liveroom.realtime.media.sfu.upload import Source, Stream
from liveroom.realtime.media.sfu.vp8 import (
    ID_MASK,
    SHORT_MASK,
    TL0_MASK,
    read_descriptor,
    read_picture_id,
    rewrite_ids,
)

KEPT = 512
AGAIN_PAUSE_S = 0.02
AGAIN_BURST = 100.0
AGAIN_SHARE = 0.5
"""How many packets may be sent again for each one that is sent, beyond the burst."""
LEAST_STEP_S = 0.02
LONGEST_STEP_S = 3_600.0
"""Stamps move on by no more, or after some hours of silence (half of 32 bits) they would seem to go back."""
LATE = 4_096
"""A packet that is further back has been given up for long: such a distance is a jump ahead."""

Send = Callable[[bytes], None]
Kept = tuple[int, int, int, bytes]


class Download:
    """See the module.

    Args:
        place: the section of the receiver.
        send: encrypts and sends a packet.
    """

    def __init__(self, place: Place, send: Send) -> None:
        self.place = place
        self.kind = place.kind
        self.source: Source | None = None
        self.wanted_rank = 1
        self.packets = self.octets = self.faults = 0
        self.loss = 0.0
        self._reported: tuple[int, float] | None = None
        self._send = send
        self._stream: Stream | None = None
        self._codec: Codec | None = None
        self._ssrc = place.ssrc
        self._clock = CLOCKS[place.kind]
        self._kept: list[Kept | None] = [None] * KEPT
        self._again_s: dict[int, float] = {}
        self._again_left = AGAIN_BURST
        self._repair_seq = 0
        self._base: int | None = None
        self._seq_offset = self._ts_offset = self._id_offset = self._tl0_offset = 0
        self._last: tuple[int, int, float] | None = None
        self._shown = b""

    # --- whom it shows ------------------------------------------------------------------------------------------

    def show(self, source: Source | None) -> None:
        """Receive somebody else, or nobody."""
        if source is self.source:
            return
        if self.source is not None:
            self.source.downloads.discard(self)
            for stream in self.source.layers:
                stream.drop(self)
        self.source = source
        self._stream = None
        if source is not None:
            source.add_download(self)

    def choose_layer(self) -> None:
        """Go over to the layer that is wanted, at its next key frame; until then the present one goes on."""
        source = self.source
        if source is None:
            return
        layers = source.find_layers(self.place.codecs)
        if not layers:
            return
        target = layers[min(self.wanted_rank, len(layers) - 1)]
        for stream in source.layers:
            if stream is not target and self in stream.waiting:
                stream.waiting.remove(self)
        if self not in target.downloads and self not in target.waiting:
            target.waiting.append(self)
        if self in target.waiting and source.is_open and self.kind is Kind.VIDEO:
            target.key_wanted = True

    @property
    def stream(self) -> Stream | None:
        """What is received now."""
        return self._stream

    def want_key(self, now_s: float) -> None:
        """The receiver cannot decode what it has."""
        if self._stream is not None:
            self._stream.want_key(now_s)

    # --- packets ------------------------------------------------------------------------------------------------

    def begin(self, stream: Stream, packet: Packet, now_s: float) -> None:
        """Go on with another stream, from this packet on."""
        if self._stream is not None and self._stream is not stream:
            self._stream.drop(self)
        self._stream = stream
        self._use(self.place.codecs[stream.codec])
        stream.downloads.append(self)
        self._base = packet.seq
        if self._last is None:
            return
        seq, ts, at_s = self._last
        step = int(min(LONGEST_STEP_S, max(LEAST_STEP_S, now_s - at_s)) * self._clock)
        self._seq_offset = (seq + 1 - packet.seq) & SEQ_MASK
        self._ts_offset = (ts + step - packet.ts) & 0xFFFFFFFF
        if stream.codec == "vp8" and self._shown:
            self._go_on_with_ids(self._shown, packet.payload)

    def _use(self, codec: Codec) -> None:
        if self._codec is not None and self._codec is not codec:
            self._kept = [None] * KEPT  # a repeat goes out with the payload type of now
            self._shown = b""
        self._codec = codec

    def _go_on_with_ids(self, shown: bytes, following: bytes) -> None:
        was, will = read_descriptor(shown), read_descriptor(following)
        if was.at >= 0 and will.at >= 0:
            last_id = (read_picture_id(shown, was) + self._id_offset) & (ID_MASK if was.wide else SHORT_MASK)
            self._id_offset = (last_id + 1 - read_picture_id(following, will)) & ID_MASK
        if was.tl0_at >= 0 and will.tl0_at >= 0:
            last_tl0 = shown[was.tl0_at] + self._tl0_offset
            self._tl0_offset = (last_tl0 + 1 - following[will.tl0_at]) & TL0_MASK

    def forward(self, packet: Packet, now_s: float) -> None:
        """Send a packet of the present stream."""
        codec = self._codec
        if codec is None or (self._base is not None and self._is_before(packet.seq, self._base)):
            return
        payload = packet.payload
        if (self._id_offset or self._tl0_offset) and codec.name == "vp8" and payload:
            payload = rewrite_ids(payload, read_descriptor(payload), self._id_offset, self._tl0_offset)
        seq = (packet.seq + self._seq_offset) & SEQ_MASK
        ts = (packet.ts + self._ts_offset) & 0xFFFFFFFF
        self._write(codec.number | packet.marker, seq, ts, self._ssrc, payload, now_s)
        self._kept[seq % KEPT] = (seq, ts, packet.marker, payload)
        last = self._last
        if last is None or is_newer(seq, last[0]):
            self._last = (seq, ts, now_s)
            if packet.payload:
                self._shown = packet.payload
        self.packets += 1
        self.octets += len(payload)
        if self._again_left < AGAIN_BURST:
            self._again_left += AGAIN_SHARE

    def _is_before(self, seq: int, base: int) -> bool:
        """Whether a packet is older than the key frame with which this stream began."""
        if 0 < (base - seq) & SEQ_MASK <= LATE:
            return True
        if (seq - base) & SEQ_MASK > LATE:
            self._base = None  # nothing older comes any more, and half a round later newer ones would look older
        return False

    def _write(self, kind: int, seq: int, ts: int, ssrc: int, payload: bytes, now_s: float) -> None:
        number = self.place.send_time
        if number is None:
            self._send(HEADER.pack(0x80, kind, seq, ts, ssrc) + payload)
        else:
            self._send(HEADER.pack(0x90, kind, seq, ts, ssrc) + write_send_time(number, now_s) + payload)

    def send_again(self, seqs: tuple[int, ...], now_s: float) -> None:
        """Send what the receiver has not got, once in a while each."""
        for seq in seqs:
            kept = self._kept[seq % KEPT]
            if kept is None or kept[0] != seq or self._again_left < 1:
                continue
            if now_s - self._again_s.get(seq % KEPT, -1.0) < AGAIN_PAUSE_S:
                continue
            self._again_s[seq % KEPT] = now_s
            self._again_left -= 1
            self._repeat(kept, now_s)

    def _repeat(self, kept: Kept, now_s: float) -> None:
        codec = self._codec
        if codec is None:
            return
        seq, ts, marker, payload = kept
        if codec.repair is None:
            self._write(codec.number | marker, seq, ts, self._ssrc, payload, now_s)
            return
        self._repair_seq = (self._repair_seq + 1) & SEQ_MASK
        again = struct.pack("!H", seq) + payload
        self._write(codec.repair | marker, self._repair_seq, ts, self.place.repair_ssrc, again, now_s)

    def report(self, now_s: float) -> SenderReport | None:
        """When what is shown was sampled, by the clock of its sender, so that sound and picture stay together."""
        stream = self._stream
        if stream is None or stream.report is None or not self.packets:
            return None
        passed_s = now_s - stream.report_at_s
        ntp = stream.report.ntp + int(passed_s * 4_294_967_296)
        ts = (stream.report.ts + self._ts_offset + int(passed_s * self._clock)) & 0xFFFFFFFF
        self._reported = (ntp >> 16 & 0xFFFFFFFF, now_s)
        return SenderReport(self._ssrc, ntp, ts, self.packets, self.octets)

    def read_rtt(self, block: Block, now_s: float) -> float | None:
        """Seconds to the receiver and back, when it answers the last report (RFC 3550 §6.4.1); None otherwise."""
        if self._reported is None or block.last_report != self._reported[0]:
            return None
        passed_s = now_s - self._reported[1] - block.delay / 65_536
        return passed_s if passed_s >= 0 else None
