"""One connection of one person: reads what comes, knows whose stream it is, reports and repairs.

Promise: a stranger's numbers make no state beyond `STREAMS` streams; what is not negotiated is dropped.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Protocol

from liveroom.realtime.media.events import Kind, Quality
from liveroom.realtime.media.sfu import rtcp
from liveroom.realtime.media.sfu.agreement import Agreement, Upload
from liveroom.realtime.media.sfu.answer import CNAME
from liveroom.realtime.media.sfu.download import Download
from liveroom.realtime.media.sfu.identification import Identification
from liveroom.realtime.media.sfu.layer_choice import LayerChoice
from liveroom.realtime.media.sfu.offer import AUDIO_LEVEL, SEND_TIME
from liveroom.realtime.media.sfu.rtp import read_packet
from liveroom.realtime.media.sfu.talking import Loudness
from liveroom.realtime.media.sfu.uplink import Uplink
from liveroom.realtime.media.sfu.upload import First, Source, Stream

LEAST_RTT_S = 0.02
BAD_LOSS, FAIR_LOSS = 0.08, 0.02
BAD_RTT_S, FAIR_RTT_S = 0.6, 0.3
"""People begin to interrupt each other when a word takes 150 ms (ITU-T G.114)."""
RTT_SMOOTHING = 0.25


class Line(Protocol):
    """What a peer sends through."""

    def send_rtp(self, data: bytes) -> None:
        """Encrypt and send."""

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send."""


class Peer:
    """See the module.

    Args:
        room, user_id: whose connection it is.
        line: where packets go out.
        most_bps: what this person may send.
        first: see `Source`.
        now_s: monotonic seconds.
    """

    def __init__(
        self,
        room: str,
        user_id: str,
        agreement: Agreement,
        line: Line,
        most_bps: int,
        first: First,
        now_s: Callable[[], float],
    ) -> None:
        self.room = room
        self.user_id = user_id
        self._line = line
        self._now_s = now_s
        self._ssrc = secrets.randbits(31) | 1
        self.sources = {
            upload.kind: Source(room, user_id, upload.kind, self._ask_key, first, now_s) for upload in agreement.uploads
        }
        self.downloads = [Download(place, self._send) for place in agreement.places]
        self._by_place = {download.place.ssrc: download for download in self.downloads}
        self._identification = Identification(agreement, self.sources)
        self._levels, self._stamps = _extensions(agreement.uploads)
        self.loudness = Loudness()
        self._uplink = Uplink(most_bps)
        self._choice = LayerChoice()
        self._estimate_bps: int | None = None
        self._sent_bits = 0
        self.rtt_s = 0.0
        self.loss = 0.0
        self.packets_in = self.packets_out = 0
        self._reported_s = now_s()

    # --- what comes ---------------------------------------------------------------------------------------------

    def take_rtp(self, data: bytes) -> None:
        """A decrypted packet."""
        packet = read_packet(data)
        if packet is None:
            return
        now_s = self._now_s()
        self.packets_in += 1
        known = len(self._identification.streams)
        found = self._identification.find(packet)
        if found is None:
            return
        if len(self._identification.streams) > known:
            self._tell_limit()
        stream, packet = found
        extensions = packet.extensions
        self._uplink.observe(now_s, extensions.get(self._stamps), len(data))
        missing = stream.reception.take(packet.seq, packet.ts, now_s)
        if missing < 0:
            return
        if missing:
            self._ask_again(stream, now_s)
        if stream.kind is Kind.AUDIO and (level := extensions.get(self._levels)):
            self.loudness.hear(level)
        stream.forward(packet, now_s)

    def take_rtcp(self, data: bytes) -> None:
        """A decrypted report."""
        now_s = self._now_s()
        for report in rtcp.read_reports(data):
            self._read(report, now_s)

    def _read(self, report: rtcp.Report, now_s: float) -> None:
        if isinstance(report, rtcp.Bandwidth):
            self._estimate_bps = report.bps
        elif isinstance(report, rtcp.Goodbye):
            pass  # the right to send ends by a command, not by a packet
        elif isinstance(report, rtcp.SenderReport):
            stream = self._identification.streams.get(report.ssrc)
            if stream is not None:
                stream.note_report(report, now_s)
        else:
            download = self._by_place.get(report.ssrc)
            if download is not None:
                self._answer(download, report, now_s)

    def _tell_limit(self) -> None:
        """Tell a sender that begins how much it may send, before it feels its way up."""
        ssrcs = tuple(self._identification.streams)
        remb = rtcp.write_remb(self._ssrc, int(self._uplink.limit_bps), ssrcs)
        self._line.send_rtcp(rtcp.write_receiver_report(self._ssrc, ()) + remb)

    def _answer(
        self, download: Download, report: rtcp.Block | rtcp.Missing | rtcp.KeyFrameWanted, now_s: float
    ) -> None:
        if isinstance(report, rtcp.Missing):
            download.send_again(report.seqs, now_s)
        elif isinstance(report, rtcp.KeyFrameWanted):
            download.want_key(now_s)
        else:
            download.loss = report.fraction / 256
            rtt_s = download.read_rtt(report, now_s)
            if rtt_s is not None:
                self.note_rtt(rtt_s)

    def note_rtt(self, rtt_s: float) -> None:
        """A round trip took so long."""
        self.rtt_s += (rtt_s - self.rtt_s) * RTT_SMOOTHING if self.rtt_s else rtt_s

    # --- what goes ----------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self.packets_out += 1
        self._sent_bits += len(data) << 3
        self._line.send_rtp(data)

    def _ask_key(self, ssrc: int) -> None:
        self._line.send_rtcp(rtcp.write_receiver_report(self._ssrc, ()) + rtcp.write_pli(self._ssrc, ssrc))

    def _ask_again(self, stream: Stream, now_s: float) -> None:
        seqs = stream.reception.ask(now_s, max(LEAST_RTT_S, self.rtt_s))
        if seqs:
            self._line.send_rtcp(rtcp.write_nack(self._ssrc, stream.ssrc, seqs))

    # --- time ---------------------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """Every few milliseconds: ask again for what is missing."""
        for stream in self._identification.streams.values():
            self._ask_again(stream, now_s)
            stream.tick(now_s)

    def look(self, now_s: float) -> None:
        """A few times a second: see which layers this person sends now."""
        for source in self.sources.values():
            source.look(now_s)

    def report(self, now_s: float) -> None:
        """Once a second: tell senders and receivers what they need to know, and choose layers."""
        passed_s, self._reported_s = now_s - self._reported_s, now_s
        streams = list(self._identification.streams.values())
        blocks = [stream.reception.block(stream.ssrc, now_s) for stream in streams if stream.reception.received]
        self.loss = max((block.fraction / 256 for block in blocks), default=0.0)
        limit_bps = self._uplink.tick(passed_s, self.loss)
        parts = [rtcp.write_receiver_report(self._ssrc, blocks)]
        if streams:
            parts.append(rtcp.write_remb(self._ssrc, limit_bps, tuple(stream.ssrc for stream in streams)))
        self._line.send_rtcp(b"".join(parts))
        for download in self.downloads:
            report = download.report(now_s)
            if report is not None:
                cname = f"{CNAME}-slot-{download.place.number}".encode()
                self._line.send_rtcp(rtcp.write_sender_report(report, cname))
        self._choose_layers(now_s, passed_s)

    def _choose_layers(self, now_s: float, passed_s: float) -> None:
        sent_bps, self._sent_bits = self._sent_bits / max(passed_s, 0.05), 0
        loss = max((download.loss for download in self.downloads), default=0.0)
        rank = self._choice.look(now_s, self._estimate_bps, sent_bps, loss)
        for download in self.downloads:
            if download.wanted_rank != rank:
                download.wanted_rank = rank
                download.choose_layer()

    @property
    def quality(self) -> Quality:
        """How well what this person sends arrives, and how soon."""
        if self.loss > BAD_LOSS or self.rtt_s > BAD_RTT_S:
            return Quality.BAD
        return Quality.FAIR if self.loss > FAIR_LOSS or self.rtt_s > FAIR_RTT_S else Quality.GOOD

    def close(self) -> None:
        """Nobody receives anything of this connection any more, nor this connection of anybody."""
        for download in self.downloads:
            download.show(None)
        for source in self.sources.values():
            source.set_open(False)
            for download in list(source.downloads):
                download.show(None)


def _extensions(uploads: tuple[Upload, ...]) -> tuple[int, int]:
    levels = next((u.section.extensions[AUDIO_LEVEL] for u in uploads if AUDIO_LEVEL in u.section.extensions), -1)
    stamps = next((u.section.extensions[SEND_TIME] for u in uploads if SEND_TIME in u.section.extensions), -1)
    return levels, stamps
