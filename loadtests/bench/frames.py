"""WebSocket frames as a client sees them (RFC 6455 §5).

`split_frames` cuts received bytes into whole frames and gives the rest back untouched, so that frames may
be cut anywhere by TCP. It accepts what a server may send unfragmented and refuses everything else by name.
"""

from __future__ import annotations

from typing import Final

from loadtests.bench.errors import ProtocolFault

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
_FIN: Final = 0x80
_OPCODES: Final = frozenset({TEXT, BINARY, CLOSE, PING, PONG})

Frame = tuple[int, bytes]
"""Opcode and payload."""


def split_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """Cut bytes from a server into frames.

    Args:
        data: what was left over last time, followed by what has arrived.

    Returns:
        The whole frames in order, and the bytes of a frame that is not here completely.

    Raises:
        ProtocolFault: a fragment, a masked frame, a reserved bit, an unknown opcode or an absurd length.
    """
    frames: list[Frame] = []
    start = 0
    size = len(data)
    while size - start >= 2:
        opcode = data[start] ^ _FIN
        if opcode not in _OPCODES:
            raise ProtocolFault(f"the server sent a frame that starts with byte 0x{data[start]:02x}")
        length, body = _read_length(data, start)
        end = body + length
        if body == 0 or end > size:
            break
        frames.append((opcode, data[body:end]))
        start = end
    return frames, data[start:]


def _read_length(data: bytes, start: int) -> tuple[int, int]:
    """Length of the payload and where it begins; begins at 0 when the header is not here completely."""
    length = data[start + 1]
    if length < 126:
        return length, start + 2
    if length > 127:
        raise ProtocolFault("the server sent a masked frame (RFC 6455 §5.1 forbids it)")
    body = start + (4 if length == 126 else 10)
    if body > len(data):
        return 0, 0
    length = int.from_bytes(data[start + 2 : body], "big")
    if length > MAX_FRAME_BYTES:
        raise ProtocolFault(f"the server announced a frame of {length} bytes")
    return length, body


def make_frame(payload: bytes, key: bytes, opcode: int = TEXT) -> bytes:
    """One whole masked frame of a client.

    Args:
        payload: the message.
        key: four bytes of masking key (RFC 6455 §5.3).
        opcode: kind of the frame.
    """
    length = len(payload)
    if length < 126:
        header = bytes((_FIN | opcode, 0x80 | length))
    elif length < 65_536:
        header = bytes((_FIN | opcode, 0xFE)) + length.to_bytes(2, "big")
    else:
        header = bytes((_FIN | opcode, 0xFF)) + length.to_bytes(8, "big")
    return header + key + mask(payload, key)


def mask(payload: bytes, key: bytes) -> bytes:
    """The payload xor the repeated key, as one big integer: no loop over bytes."""
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")
