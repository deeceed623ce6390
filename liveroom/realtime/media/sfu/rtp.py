"""RTP packets (RFC 3550 §5.1) with one- and two-byte header extensions (RFC 8285), read once and forwarded as they are.

Promise: whatever bytes come in, `read_packet` gives a packet or None and never raises; nothing is copied but the
payload.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("!BBHII")
VERSION = 0x80
EXTENSION = 0x10
PADDING = 0x20
MARKER = 0x80
ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000
SEQ_MASK = 0xFFFF
HALF = 0x8000

Extensions = dict[int, bytes]


class Packet:
    """One packet. `payload` is without padding; an empty one is a probe. `extensions` are by their negotiated id."""

    __slots__ = ("extensions", "marker", "payload", "payload_type", "seq", "ssrc", "ts")

    def __init__(
        self, payload_type: int, marker: int, seq: int, ts: int, ssrc: int, payload: bytes, extensions: Extensions
    ) -> None:
        self.payload_type = payload_type
        self.marker = marker
        self.seq = seq
        self.ts = ts
        self.ssrc = ssrc
        self.payload = payload
        self.extensions = extensions


NO_EXTENSIONS: Extensions = {}


def read_packet(data: bytes) -> Packet | None:
    """The packet in these bytes, or None when they are none."""
    size = len(data)
    if size < HEADER.size:
        return None
    first, second, seq, ts, ssrc = HEADER.unpack_from(data)
    if first & 0xC0 != VERSION:
        return None
    start = HEADER.size + 4 * (first & 0x0F)
    extensions = NO_EXTENSIONS
    if first & EXTENSION:
        if start + 4 > size:
            return None
        profile = data[start] << 8 | data[start + 1]
        end = start + 4 + 4 * (data[start + 2] << 8 | data[start + 3])
        if end > size:
            return None
        extensions = _read_extensions(data, start + 4, end, profile)
        start = end
    if first & PADDING:
        size -= data[-1]
    if start > size:
        return None
    return Packet(second & 0x7F, second & MARKER, seq, ts, ssrc, data[start:size], extensions)


def _read_extensions(data: bytes, at: int, end: int, profile: int) -> Extensions:
    if profile == ONE_BYTE:
        return _read_one_byte(data, at, end)
    if profile & 0xFFF0 == TWO_BYTE:
        return _read_two_byte(data, at, end)
    return NO_EXTENSIONS


def _read_one_byte(data: bytes, at: int, end: int) -> Extensions:
    found: Extensions = {}
    while at < end:
        head = data[at]
        at += 1
        if head == 0:
            continue
        number = head >> 4
        if number == 15:
            break
        size = (head & 0x0F) + 1
        if at + size > end:
            break
        found[number] = data[at : at + size]
        at += size
    return found


def _read_two_byte(data: bytes, at: int, end: int) -> Extensions:
    found: Extensions = {}
    while at + 1 < end:
        number = data[at]
        if number == 0:
            at += 1
            continue
        size = data[at + 1]
        at += 2
        if at + size > end:
            break
        found[number] = data[at : at + size]
        at += size
    return found


def write_send_time(number: int, now_s: float) -> bytes:
    """An extension block with the time of sending alone (abs-send-time: seconds in 6.18 fixed point)."""
    stamp = int(now_s * 262_144) & 0xFFFFFF
    return struct.pack("!HHBBH", ONE_BYTE, 1, number << 4 | 2, stamp >> 16, stamp & 0xFFFF)


def is_newer(seq: int, than: int) -> bool:
    """Whether a 16-bit number comes after another one, wraps considered."""
    return 0 < (seq - than) & SEQ_MASK < HALF


def is_rtcp(data: bytes) -> bool:
    """Whether a multiplexed datagram is RTCP (RFC 5761 §4)."""
    return len(data) > 1 and 192 <= data[1] <= 223
