"""RTCP: what receivers report and ask for, and what senders say (RFC 3550 §6, RFC 4585, RFC 5104, REMB).

Promise: `read_reports` reads what it knows of any bytes and skips the rest; it never raises. What a compound packet may
hold is bounded by its size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK, PLI, FIR, APPLICATION = 1, 1, 4, 15
REMB = b"REMB"
MAX_LOST = 0x7FFFFF
REPORTS = 31
"""Most report blocks of one packet; the count has five bits."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """When a sender sampled what: `ntp` is its 64-bit clock, `ts` the RTP time at that moment."""

    ssrc: int
    ntp: int
    ts: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says of one stream. `fraction` of 256 was lost since the last one; `delay` in 1/65536 s since the
    sender report whose middle 32 bits are `last_report`."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A receiver asks for these numbers of a stream again."""

    ssrc: int
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameWanted:
    """A receiver cannot go on without a key frame of this stream."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """What a receiver believes to be able to receive, in bits a second."""

    bps: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """These streams end."""

    ssrcs: tuple[int, ...]


Report = SenderReport | Block | Missing | KeyFrameWanted | Bandwidth | Goodbye


def read_reports(data: bytes) -> Iterator[Report]:
    """What a compound packet says, in its order."""
    at, size = 0, len(data)
    while at + 4 <= size:
        first, type_, words = struct.unpack_from("!BBH", data, at)
        end = at + 4 * (words + 1)
        if first & 0xC0 != 0x80 or end > size:
            return
        yield from _read_one(type_, first & 0x1F, data[at + 4 : end])
        at = end


def _read_one(type_: int, count: int, body: bytes) -> Iterator[Report]:
    if type_ == SR and len(body) >= 24:
        ssrc, high, low, ts, packets, octets = struct.unpack_from("!6I", body)
        yield SenderReport(ssrc, high << 32 | low, ts, packets, octets)
        yield from _read_blocks(body[24:], count)
    elif type_ == RR and len(body) >= 4:
        yield from _read_blocks(body[4:], count)
    elif type_ == BYE:
        yield Goodbye(struct.unpack_from(f"!{min(count, len(body) // 4)}I", body))
    elif type_ == RTPFB and count == NACK and len(body) >= 12:
        yield Missing(struct.unpack_from("!I", body, 4)[0], tuple(_read_lost(body[8:])))
    elif type_ == PSFB:
        yield from _read_payload_feedback(count, body)


def _read_blocks(body: bytes, count: int) -> Iterator[Block]:
    for at in range(0, min(24 * count, len(body) - 23), 24):
        ssrc, losses, highest, jitter, last, delay = struct.unpack_from("!6I", body, at)
        yield Block(ssrc, losses >> 24, losses & 0xFFFFFF, highest, jitter, last, delay)


def _read_lost(body: bytes) -> Iterator[int]:
    for at in range(0, len(body) - 3, 4):
        first, mask = struct.unpack_from("!HH", body, at)
        yield first
        for bit in range(16):
            if mask >> bit & 1:
                yield (first + bit + 1) & 0xFFFF


def _read_payload_feedback(kind: int, body: bytes) -> Iterator[Report]:
    if kind == PLI and len(body) >= 8:
        yield KeyFrameWanted(struct.unpack_from("!I", body, 4)[0])
    elif kind == FIR:
        for at in range(8, len(body) - 7, 8):
            yield KeyFrameWanted(struct.unpack_from("!I", body, at)[0])
    elif kind == APPLICATION and len(body) >= 16 and body[8:12] == REMB:
        exponent, mantissa = body[13] >> 2, (body[13] & 3) << 16 | body[14] << 8 | body[15]
        yield Bandwidth(mantissa << exponent)


def write_sender_report(report: SenderReport, cname: bytes) -> bytes:
    """A sender report with the name that ties audio and video of one person together."""
    high, low = report.ntp >> 32 & 0xFFFFFFFF, report.ntp & 0xFFFFFFFF
    packets, octets = report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF
    body = struct.pack("!6I", report.ssrc, high, low, report.ts, packets, octets)
    return struct.pack("!BBH", 0x80, SR, 6) + body + _write_name(report.ssrc, cname)


def write_receiver_report(ssrc: int, blocks: Iterable[Block]) -> bytes:
    """A receiver report; its first `REPORTS` blocks."""
    parts = [_write_block(block) for block in blocks][:REPORTS]
    return struct.pack("!BBHI", 0x80 | len(parts), RR, 1 + 6 * len(parts), ssrc) + b"".join(parts)


def write_nack(ssrc: int, media_ssrc: int, seqs: Iterable[int]) -> bytes:
    """Ask for these numbers again."""
    pairs: list[list[int]] = []
    for seq in seqs:
        distance = (seq - pairs[-1][0] - 1) & 0xFFFF if pairs else 0xFFFF
        if distance < 16:
            pairs[-1][1] |= 1 << distance
        else:
            pairs.append([seq, 0])
    body = b"".join(struct.pack("!HH", first, mask) for first, mask in pairs)
    return struct.pack("!BBHII", 0x80 | NACK, RTPFB, 2 + len(pairs), ssrc, media_ssrc) + body


def write_pli(ssrc: int, media_ssrc: int) -> bytes:
    """Ask for a key frame."""
    return struct.pack("!BBHII", 0x80 | PLI, PSFB, 2, ssrc, media_ssrc)


def write_remb(ssrc: int, bps: int, media_ssrcs: tuple[int, ...]) -> bytes:
    """Tell a sender how much all its streams together may take."""
    exponent = max(0, bps.bit_length() - 18)
    mantissa = bps >> exponent
    head = struct.pack("!BBHII", 0x80 | APPLICATION, PSFB, 4 + len(media_ssrcs), ssrc, 0)
    estimate = struct.pack("!BBH", len(media_ssrcs), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    return head + REMB + estimate + struct.pack(f"!{len(media_ssrcs)}I", *media_ssrcs)


def _write_block(block: Block) -> bytes:
    losses = block.fraction << 24 | min(max(block.lost, 0), MAX_LOST)
    return struct.pack("!6I", block.ssrc, losses, block.highest, block.jitter, block.last_report, block.delay)


def _write_name(ssrc: int, cname: bytes) -> bytes:
    chunk = struct.pack("!IBB", ssrc, 1, len(cname)) + cname
    chunk += bytes(4 - len(chunk) % 4)
    return struct.pack("!BBH", 0x81, SDES, len(chunk) // 4) + chunk
