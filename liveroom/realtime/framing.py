"""RFC 6455 frames of a server, without an object for each.

Outgoing frames are made once and written to many sockets. Incoming frames are nearly always one whole,
short, masked text frame; `read_text` takes those directly and leaves everything else to the complete
parser of the `websockets` library (`connection.py`).
"""

from __future__ import annotations

import zlib

from websockets.speedups import apply_mask

TEXT = 0x81
TEXT_DEFLATED = 0xC1
CLOSE = 0x88
FAREWELL = bytes((CLOSE, 0x82))
"""How a masked Close with a code alone begins."""
FAREWELLS = frozenset({1000, 1001})
"""Codes of those who leave as one should (RFC 6455 §7.4.1)."""
CONTROL_BYTES = 125
"""Largest payload of a control frame (RFC 6455 §5.5)."""
DEFLATE_MIN_BYTES = 512
"""Below this a compressed frame saves less than it costs to inflate on a phone."""


def frame_text(payload: bytes) -> bytes:
    """One unfragmented, unmasked text frame (RFC 6455 §5.2)."""
    return _header(TEXT, len(payload)) + payload


def frame_close(code: int, reason: str) -> bytes:
    """A Close frame (RFC 6455 §5.5.1); the reason is cut at 123 bytes, between two characters."""
    body = code.to_bytes(2, "big") + reason.encode()[: CONTROL_BYTES - 2].decode(errors="ignore").encode()
    return bytes((CLOSE, len(body))) + body


def frame_deflated(payload: bytes) -> bytes:
    """The same as a permessage-deflate message (RFC 7692 §7.2.1), from a context of its own.

    Every message starts afresh (`server_no_context_takeover`, window of 2^12), so that one result serves
    every connection that negotiated the extension. Not worth compressing: a plain frame, which is legal too.
    """
    if len(payload) < DEFLATE_MIN_BYTES:
        return frame_text(payload)
    deflate = zlib.compressobj(level=1, wbits=-12, memLevel=8)
    body = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return _header(TEXT_DEFLATED, len(body) - 4) + body[:-4]


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126, length >> 8, length & 0xFF))
    return bytes((first, 127)) + length.to_bytes(8, "big")


def read_text(data: bytes, start: int, max_bytes: int) -> tuple[bytes, int] | None:
    """Take one ordinary frame out of received bytes.

    Args:
        data: what the socket delivered.
        start: where the frame begins.
        max_bytes: largest payload that may pass.

    Returns:
        The unmasked payload and where the next frame begins; None when the frame is anything but a final,
        masked, uncompressed text frame that is here completely and small enough.
    """
    size = len(data) - start
    if size < 6 or data[start] != TEXT:
        return None
    length = data[start + 1] - 128
    head = start + 2
    if length == 126 and size >= 8:
        length = data[head] << 8 | data[head + 1]
        # A longer form than needed is a fault (RFC 6455 §5.2) and left to the complete parser to name.
        if length < 126:
            return None
        head += 2
    elif length < 0 or length > 125:
        return None
    end = head + 4 + length
    if end > len(data) or length > max_bytes:
        return None
    return apply_mask(data[head + 4 : end], data[head : head + 4]), end


def read_close(data: bytes, start: int) -> int | None:
    """Take an ordinary goodbye, the last thing in received bytes.

    Returns:
        Its code, one of `FAREWELLS`; None when the rest of the bytes is anything but one whole masked Close frame
        (RFC 6455 §5.5.1) with such a code and no reason.
    """
    if data[start : start + 2] != FAREWELL or len(data) - start != 8:
        return None
    code = int.from_bytes(apply_mask(data[start + 6 :], data[start + 2 : start + 6]))
    return code if code in FAREWELLS else None


def ends_with_close(data: bytes) -> bool:
    """Whether received bytes end with what looks like a client's Close frame.

    A Close is the last thing a client says, so on a connection that is closing only the end is looked at; whatever
    comes before it costs nothing. Something else that looks like one only ends the wait a little sooner.
    """
    size = len(data)
    return any(
        data[size - length - 6] == CLOSE and data[size - length - 5] == 0x80 | length
        for length in range(min(CONTROL_BYTES, size - 6) + 1)
    )
