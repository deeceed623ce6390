"""What the usual way with aiortc costs: decode what comes, encode it again for each subscriber (MediaRelay)."""

from __future__ import annotations

import fractions
import time

import av
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder
from aiortc.jitterbuffer import JitterFrame

WIDTH, HEIGHT, FRAMES_PER_S = 640, 360, 30


def measure(frames: int = 60) -> float:
    """Share of a core for one video stream of 640x360 that is decoded once and encoded for one subscriber."""
    source, encoder, decoder = Vp8Encoder(), Vp8Encoder(), Vp8Decoder()
    pictures = [_picture(number) for number in range(frames)]
    coded = [b"".join(part[4:] for part in source.encode(picture)[0]) for picture in pictures]
    began_s = time.process_time()
    for number, (picture, data) in enumerate(zip(pictures, coded, strict=True)):
        decoder.decode(JitterFrame(data, number * 3_000))
        encoder.encode(picture)
    return (time.process_time() - began_s) / frames * FRAMES_PER_S


def _picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane in frame.planes:
        row = bytes((number * 3 + column // 8) % 200 + 20 for column in range(plane.line_size))
        plane.update(b"".join(row[shift % 64 :] + row[: shift % 64] for shift in range(plane.height)))
    frame.pts = number * 3_000
    frame.time_base = fractions.Fraction(1, 90_000)
    return frame
