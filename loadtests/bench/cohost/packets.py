"""What a load peer sends: RTP as of a camera at 1.4 Mbit/s and a microphone, with the time of sending inside."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

FRAMES_PER_S = 30
PACKETS_PER_FRAME = 5
VIDEO_BYTES = 1_150
AUDIO_PER_S = 50
AUDIO_BYTES = 110
KEY_EVERY = 60
VIDEO_TYPE, AUDIO_TYPE = 96, 111
HEADER = struct.Struct("!BBHII")
STAMP = struct.Struct("!d")
VIDEO_PER_S = FRAMES_PER_S * PACKETS_PER_FRAME


@dataclass(slots=True)
class Camera:
    """Numbers of one VP8 stream. The payload is a descriptor with a picture id, a frame byte, the time, and filling."""

    ssrc: int
    seq: int = 0
    frame: int = 0
    filling: bytes = field(default=bytes(VIDEO_BYTES))

    def shoot(self, now_s: float) -> list[bytes]:
        """The packets of the next picture."""
        packets = []
        ts = self.frame * 90_000 // FRAMES_PER_S & 0xFFFFFFFF
        for part in range(PACKETS_PER_FRAME):
            last = part == PACKETS_PER_FRAME - 1
            first = part == 0
            head = HEADER.pack(0x80, VIDEO_TYPE | (0x80 if last else 0), self.seq, ts, self.ssrc)
            descriptor = bytes((0x90 if first else 0x80, 0x80, 0x80 | self.frame >> 8 & 0x7F, self.frame & 0xFF))
            kind = b"\x00" if self.frame % KEY_EVERY == 0 else b"\x01"
            packets.append(head + descriptor + kind + STAMP.pack(now_s) + self.filling)
            self.seq = self.seq + 1 & 0xFFFF
        self.frame += 1
        return packets


@dataclass(slots=True)
class Microphone:
    """Numbers of one Opus stream."""

    ssrc: int
    seq: int = 0
    filling: bytes = field(default=bytes(AUDIO_BYTES))

    def hear(self, now_s: float) -> bytes:
        """The next packet."""
        head = HEADER.pack(0x80, AUDIO_TYPE, self.seq, self.seq * 960 & 0xFFFFFFFF, self.ssrc)
        self.seq = self.seq + 1 & 0xFFFF
        return head + bytes(5) + STAMP.pack(now_s) + self.filling


def read_sent_s(packet: bytes) -> float | None:
    """When a decrypted packet was sent; None when it is none of ours."""
    at = HEADER.size + (8 if packet[0] & 0x10 else 0) + 5
    if len(packet) < at + STAMP.size:
        return None
    sent_s: float = STAMP.unpack_from(packet, at)[0]
    return sent_s
