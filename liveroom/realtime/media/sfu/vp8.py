"""The first bytes of VP8 and H.264 payloads: where a key frame begins, and the picture ids of VP8 (RFC 7741, RFC 6184).

Nothing is decoded. When a receiver is switched to another layer or another person, the picture ids that it sees have to
go on without a hole, or its decoder waits for frames that never come.
Promise: any bytes are taken; what is no descriptor has no picture ids and begins no key frame.
"""

from __future__ import annotations

from typing import NamedTuple

ID_MASK = 0x7FFF
SHORT_MASK = 0x7F
TL0_MASK = 0xFF
START_AND_PARTITION = 0x17
START = 0x10
IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28


class Descriptor(NamedTuple):
    """Where the ids are in a payload. Positions are -1 where there is none.

    Args:
        at: of the picture id.
        wide: it has 15 bits.
        tl0_at: of the index of the base layer (TL0PICIDX).
        size: of the whole descriptor.
    """

    at: int
    wide: bool
    tl0_at: int
    size: int


NONE = Descriptor(-1, False, -1, 1)


def read_descriptor(payload: bytes) -> Descriptor:
    """The payload descriptor of a VP8 packet."""
    if len(payload) < 2 or not payload[0] & 0x80:
        return NONE
    flags, at = payload[1], 2
    id_at, wide, tl0_at = -1, False, -1
    if flags & 0x80:
        if at >= len(payload):
            return NONE
        id_at, wide = at, bool(payload[at] & 0x80)
        at += 2 if wide else 1
    if flags & 0x40:
        tl0_at = at
        at += 1
    if flags & 0x30:
        at += 1
    return Descriptor(id_at, wide, tl0_at, at) if at <= len(payload) else NONE


def read_picture_id(payload: bytes, found: Descriptor) -> int:
    """The picture id; -1 without one."""
    if found.at < 0:
        return -1
    if found.wide:
        return (payload[found.at] & 0x7F) << 8 | payload[found.at + 1]
    return payload[found.at]


def rewrite_ids(payload: bytes, found: Descriptor, id_offset: int, tl0_offset: int) -> bytes:
    """The payload with both ids moved on."""
    out = bytearray(payload)
    if found.at >= 0:
        moved = read_picture_id(payload, found) + id_offset
        if found.wide:
            out[found.at] = 0x80 | (moved & ID_MASK) >> 8
            out[found.at + 1] = moved & 0xFF
        else:
            out[found.at] = moved & SHORT_MASK
    if found.tl0_at >= 0:
        out[found.tl0_at] = (payload[found.tl0_at] + tl0_offset) & TL0_MASK
    return bytes(out)


def begins_vp8_key_frame(payload: bytes) -> bool:
    """Whether the first packet of a key frame: first partition, and P of the frame header is 0 (RFC 6386 §9.1)."""
    if not payload or payload[0] & START_AND_PARTITION != START:
        return False
    size = read_descriptor(payload).size
    return size < len(payload) and not payload[size] & 1


def begins_h264_key_frame(payload: bytes) -> bool:
    """Whether a packet with which a decoder can begin: parameter sets, or the start of an IDR picture."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == STAP_A:
        return len(payload) > 3 and payload[3] & 0x1F in (IDR, SPS)
    if kind == FU_A:
        return len(payload) > 1 and bool(payload[1] & 0x80) and payload[1] & 0x1F == IDR
    return kind in (IDR, SPS)
