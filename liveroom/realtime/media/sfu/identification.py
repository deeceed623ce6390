"""Whose packet it is: from the stream's number, else from the section and layer that the packet names, else from its
payload type (RFC 8843 §9.2, RFC 8851).

A client lists its layers from the smallest picture to the largest.
Promise: at most `STREAMS` streams of one person; packets that were sent again become what they were, and probes, which
carry what has arrived before, become nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import Agreement, Codec, Upload
from liveroom.realtime.media.sfu.offer import MID, REPAIRED_RID, RID
from liveroom.realtime.media.sfu.rtp import Packet
from liveroom.realtime.media.sfu.upload import Source, Stream

STREAMS = 6

Found = tuple[Stream, Packet]


class Identification:
    """See the module. `streams` are those known so far, by their number."""

    def __init__(self, agreement: Agreement, sources: Mapping[Kind, Source]) -> None:
        self.streams: dict[int, Stream] = {}
        self._sources = sources
        self._repairs: dict[int, Stream] = {}
        self._uploads = agreement.uploads
        self._codecs: dict[tuple[Kind, int], Codec] = {}
        self._repair_types: dict[int, Upload] = {}
        self._by_type: dict[int, Upload] = {}
        self._layers: dict[str, Stream] = {}
        for upload in agreement.uploads:
            self._learn(upload)

    def _learn(self, upload: Upload) -> None:
        for codec in upload.codecs:
            self._codecs[(upload.kind, codec.number)] = codec
            self._by_type[codec.number] = upload
            if codec.repair is not None:
                self._repair_types[codec.repair] = upload

    def find(self, packet: Packet) -> Found | None:
        """The stream of a packet and the packet as it was first sent; None: nobody's, or not needed."""
        stream = self.streams.get(packet.ssrc)
        if stream is not None:
            return stream, packet
        stream = self._repairs.get(packet.ssrc)
        if stream is not None:
            return _unpack(stream, packet)
        if packet.payload_type in self._repair_types:
            return self._find_repair(packet)
        upload = self._find_upload(packet)
        codec = self._codecs.get((upload.kind, packet.payload_type)) if upload is not None else None
        if upload is None or codec is None:
            return None
        stream = self._add(upload, packet, codec)
        return None if stream is None else (stream, packet)

    def _find_upload(self, packet: Packet) -> Upload | None:
        for upload in self._uploads:
            number = upload.section.extensions.get(MID, -1)
            named = packet.extensions.get(number)
            if named is not None and named.decode("ascii", "replace") == upload.section.mid:
                return upload
            if packet.ssrc in upload.section.ssrcs:
                return upload
        return self._by_type.get(packet.payload_type)

    def _add(self, upload: Upload, packet: Packet, codec: Codec) -> Stream | None:
        rid = _read_name(packet, upload, RID)
        if upload.rids and rid not in upload.rids:
            return None  # a layer says which one it is until it is known
        source = self._sources[upload.kind]
        for old in list(source.layers):
            if not upload.rids or self._layers.get(rid or "") is old:
                self._forget(old)  # the same person began anew with another number
        if len(self.streams) >= STREAMS:
            return None
        rank = upload.rids.index(rid) if upload.rids and rid else 0
        stream = Stream(source, packet.ssrc, codec.name, rank)
        self.streams[packet.ssrc] = stream
        if rid:
            self._layers[rid] = stream
        repair = upload.section.repairs.get(packet.ssrc)
        if repair is not None:
            self._repairs[repair] = stream
        source.add(stream)
        return stream

    def _forget(self, stream: Stream) -> None:
        del self.streams[stream.ssrc]
        self._repairs = {number: each for number, each in self._repairs.items() if each is not stream}
        stream.source.layers.remove(stream)

    def _find_repair(self, packet: Packet) -> Found | None:
        upload = self._repair_types[packet.payload_type]
        rid = _read_name(packet, upload, REPAIRED_RID)
        candidates = [each for each in self.streams.values() if each.source is self._sources[upload.kind]]
        stream = self._layers.get(rid) if rid else candidates[0] if len(candidates) == 1 else None
        if stream is None:
            return None
        self._repairs = {number: each for number, each in self._repairs.items() if each is not stream}
        self._repairs[packet.ssrc] = stream
        return _unpack(stream, packet)


def _read_name(packet: Packet, upload: Upload, uri: str) -> str | None:
    named = packet.extensions.get(upload.section.extensions.get(uri, -1))
    return named.decode("ascii", "replace") if named is not None else None


def _unpack(stream: Stream, packet: Packet) -> Found | None:
    payload = packet.payload
    if len(payload) <= 2:
        return None
    seq = payload[0] << 8 | payload[1]
    if not stream.reception.misses(seq):
        return None
    packet.seq, packet.ssrc, packet.payload = seq, stream.ssrc, payload[2:]
    return stream, packet
