"""What a person sends: a source of each kind, with one stream for each layer.

Promise: a packet goes to the receivers of its stream once, in the order of arrival, and only while its source may be
heard. Key frames are asked for as soon as somebody waits for one, and not more often than every `KEY_PAUSE_S`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import CLOCKS
from liveroom.realtime.media.sfu.reception import Reception
from liveroom.realtime.media.sfu.rtcp import SenderReport
from liveroom.realtime.media.sfu.rtp import Packet
from liveroom.realtime.media.sfu.vp8 import begins_h264_key_frame, begins_vp8_key_frame

if TYPE_CHECKING:
    from liveroom.realtime.media.sfu.download import Download

logger = logging.getLogger(__name__)

KEY_PAUSE_S = 0.3
PAUSE_S = 0.2
"""A stream that was still for so long begins again."""
SILENT_S = 1.0
"""A layer of which nothing came for so long is not sent now: browsers stop the large one when their line is weak."""

AskKey = Callable[[int], None]
First = Callable[[Kind, float], None]


class Source:
    """One kind of one person.

    Args:
        user_id, room: whose it is.
        ask_key: sends a request for a key frame of a stream to the sender.
        first: called when the first packet is forwarded, with the seconds for which somebody waited for it.
        now_s: monotonic seconds.
    """

    def __init__(
        self, room: str, user_id: str, kind: Kind, ask_key: AskKey, first: First, now_s: Callable[[], float]
    ) -> None:
        self.room = room
        self.user_id = user_id
        self.kind = kind
        self.ask_key = ask_key
        self.layers: list[Stream] = []
        self.downloads: set[Download] = set()
        self.is_open = False
        self._first = first
        self._is_first = True
        self._now_s = now_s
        self._waited_since_s = 0.0
        self._silent: tuple[Stream, ...] = ()

    def add_download(self, download: Download) -> None:
        """Somebody is to receive this."""
        if not self.downloads:
            self._waited_since_s = self._now_s()
        self.downloads.add(download)
        download.choose_layer()

    def set_open(self, is_open: bool) -> None:
        """Let packets through, or stop them; receivers begin anew after a stop."""
        if is_open == self.is_open:
            return
        self.is_open = is_open
        self._waited_since_s = self._now_s()
        for stream in self.layers:
            stream.pause()
        if is_open:
            self._choose_layers()

    def expect_first(self) -> None:
        """Tell about the next packet that is forwarded, as the first one."""
        self._is_first = True

    def add(self, stream: Stream) -> None:
        """Another layer came; the lower one first."""
        self.layers.append(stream)
        self.layers.sort(key=lambda each: each.rank)
        self._choose_layers()

    def find_layers(self, codecs: Container[str]) -> list[Stream]:
        """The layers of these codecs that come now, the lower one first; all of them when none comes."""
        fitting = [stream for stream in self.layers if stream.codec in codecs]
        return [stream for stream in fitting if stream not in self._silent] or fitting

    def look(self, now_s: float) -> None:
        """See which layers come; receivers choose anew when those are others than before."""
        silent = tuple(stream for stream in self.layers if now_s - stream.arrived_s > SILENT_S)
        if silent != self._silent:
            self._silent = silent
            self._choose_layers()

    def _choose_layers(self) -> None:
        for download in self.downloads:
            download.choose_layer()

    @property
    def now_s(self) -> float:
        """Monotonic seconds."""
        return self._now_s()

    def note_forwarded(self) -> None:
        """Something was forwarded."""
        if self._is_first:
            self._is_first = False
            self._first(self.kind, self._now_s() - self._waited_since_s)


class Stream:
    """One stream as it comes in; `rank` orders the layers, from the smallest picture."""

    __slots__ = (
        "_begins", "arrived_s", "bits", "codec", "downloads", "heard_s", "key_asked_s", "key_wanted", "kind", "rank",
        "reception", "report", "report_at_s", "source", "ssrc", "waiting",
    )  # fmt: skip

    def __init__(self, source: Source, ssrc: int, codec: str, rank: int) -> None:
        self.source = source
        self.kind = source.kind
        self.ssrc = ssrc
        self.codec = codec
        self.rank = rank
        self.reception = Reception(CLOCKS[source.kind])
        self.downloads: list[Download] = []
        self.waiting: list[Download] = []
        self.report: SenderReport | None = None
        self.report_at_s = 0.0
        self.key_wanted = False
        self.key_asked_s = -1.0
        self.heard_s = 0.0
        self.arrived_s = source.now_s
        self.bits = 0
        self._begins = {"vp8": begins_vp8_key_frame, "h264": begins_h264_key_frame}.get(codec)

    def forward(self, packet: Packet, now_s: float) -> None:
        """Give a packet, which is new, to everybody who receives this stream."""
        self.bits += len(packet.payload) << 3
        source = self.source
        if packet.payload:
            self._note_arrival(now_s)
        if not source.is_open:
            return
        if (self.waiting or self.key_wanted) and packet.payload:
            self._begin(packet, now_s)
        self.heard_s = now_s
        downloads = self.downloads
        if downloads:
            for download in downloads:
                try:
                    download.forward(packet, now_s)
                except Exception:
                    download.faults += 1
                    if download.faults == 1:  # the next ones fail in the same way
                        logger.exception("packets cannot be written for one receiver; the others get them")
            source.note_forwarded()

    def _note_arrival(self, now_s: float) -> None:
        silent_s, self.arrived_s = now_s - self.arrived_s, now_s
        if silent_s > SILENT_S:
            self.source.look(now_s)  # before this packet goes out: it may be the key frame with which the layer returns

    def _begin(self, packet: Packet, now_s: float) -> None:
        """Let those who wait begin with this packet, if a decoder can."""
        if self._begins is None or self._begins(packet.payload):
            self.key_wanted = False
            waiting, self.waiting = self.waiting, []
            for download in waiting:
                download.begin(self, packet, now_s)
        elif now_s - self.heard_s > PAUSE_S:
            # The sender has just begun again; a request that came while it was still has been forgotten by some.
            self.key_asked_s = -1.0
            self.want_key(now_s)

    def want_key(self, now_s: float) -> None:
        """Somebody cannot go on without a key frame."""
        if self.kind is Kind.VIDEO:
            self.key_wanted = True
            self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Ask for the key frame that is waited for, if it is time."""
        if self.key_wanted and not (self.waiting or self.downloads):
            self.key_wanted = False
        if self.key_wanted and self.source.is_open and now_s - self.key_asked_s >= KEY_PAUSE_S:
            self.key_asked_s = now_s
            self.source.ask_key(self.ssrc)

    def note_report(self, report: SenderReport, now_s: float) -> None:
        """The sender told when it sampled what."""
        self.report = report
        self.report_at_s = now_s
        self.reception.note_report(report.ntp, now_s)

    def pause(self) -> None:
        """Everybody begins anew with this stream."""
        self.waiting += self.downloads
        self.downloads.clear()

    def drop(self, download: Download) -> None:
        """Somebody no longer receives this stream."""
        if download in self.downloads:
            self.downloads.remove(download)
        if download in self.waiting:
            self.waiting.remove(download)
