"""Frames (RFC 6455 §5): every form of the length, the mask, reserved bits and opcodes, whole or in pieces."""

from __future__ import annotations

import json

import pytest

from tests.support.raw_socket import BINARY, CONT, PING, PONG, TEXT, ConnectedSocket, RawSocket, make_frame, make_text

PING_MESSAGE = b'{"type":"ping","id":7}'


def padded(size: int) -> bytes:
    """A `ping` message of exactly this size."""
    return PING_MESSAGE[:-1] + b" " * (size - len(PING_MESSAGE)) + b"}"


@pytest.mark.parametrize("size", [22, 125, 126, 127, 128, 65_535, 65_536])
def test_a_message_of_any_length_is_read_whole(guest: ConnectedSocket, size: int) -> None:
    """The edges of the three forms of the length field (§5.2)."""
    guest.send(make_text(padded(size)))
    assert guest.hear("pong")["id"] == 7


@pytest.mark.parametrize("size", [22, 126, 65_536])
def test_a_message_in_segments_of_its_own_is_read_whole(guest: ConnectedSocket, size: int) -> None:
    """TCP cuts where it likes: after the first byte, inside the length, inside the mask."""
    data = make_text(padded(size))
    guest.send_slowly(data[:30])
    guest.send(data[30:])
    assert guest.hear("pong")["id"] == 7


def test_many_messages_in_one_segment_are_answered_in_order(guest: ConnectedSocket) -> None:
    """Ordinary frames, fragments and control frames mixed."""
    parts = [make_text({"type": "ping", "id": number}) for number in range(1, 11)]
    parts[5] = make_frame(TEXT, b'{"type":"ping",', fin=False) + make_frame(PING) + make_frame(CONT, b'"id":6}')
    guest.send(b"".join(parts))
    seen = [guest.read_frame() for _ in range(11)]
    answered = [json.loads(frame.payload)["id"] for frame in seen if frame.opcode == TEXT]
    assert answered == list(range(1, 11))
    assert [frame.payload for frame in seen if frame.opcode == PONG] == [b""]


@pytest.mark.parametrize(("size", "form"), [(5, 2), (125, 2), (5, 8), (126, 8), (65_535, 8)])
def test_a_length_longer_than_needed_is_taken_or_refused_with_1002(
    guest: ConnectedSocket, size: int, form: int
) -> None:
    """§5.2: the minimal number of bytes must be used; the connection is not left in doubt either way."""
    guest.send(make_frame(PING, b"x" * size, form=form) if size < 126 else make_text(padded(size), form=form))
    frame = guest.read_frame()
    assert frame.opcode in (0xA, TEXT) or frame.payload[:2] == (1002).to_bytes(2, "big")


def test_a_length_with_its_highest_bit_set_is_refused(guest: ConnectedSocket) -> None:
    """§5.2: the 64-bit length is at most 2^63 - 1; nothing is waited for or reserved."""
    assert guest.fails(b"\x81\xff" + b"\xff" * 8 + b"\x00" * 4) in (1002, 1009)


def test_an_unmasked_frame_is_refused_with_1002(raw: RawSocket) -> None:
    """§5.1: a server closes when a client does not mask."""
    assert raw.fails(make_frame(TEXT, PING_MESSAGE, masked=False)) == 1002


def test_an_unmasked_frame_behind_a_good_one_is_refused_with_1002(guest: ConnectedSocket) -> None:
    """The message before it is still answered."""
    guest.send(make_text(PING_MESSAGE) + make_frame(TEXT, PING_MESSAGE, masked=False))
    assert guest.hear("pong")["id"] == 7
    assert guest.read_close()[0] == 1002


def test_binary_messages_are_refused_with_1003(raw: RawSocket) -> None:
    """§7.4.1: a type of data that cannot be accepted."""
    assert raw.fails(make_frame(BINARY, b"\x00\x01")) == 1003


def test_a_fragmented_binary_message_is_refused_with_1003_at_its_first_frame(raw: RawSocket) -> None:
    """Nothing of it is kept."""
    assert raw.fails(make_frame(BINARY, b"\x00", fin=False)) == 1003


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, 0x8])
def test_reserved_bits_without_an_extension_are_refused_with_1002(raw: RawSocket, opcode: int, rsv: int) -> None:
    """§5.2: a nonzero value without a negotiated extension that defines it."""
    assert raw.fails(make_frame(opcode, b"", rsv=rsv)) == 1002


@pytest.mark.parametrize("opcode", [*range(3, 8), *range(11, 16)])
def test_reserved_opcodes_are_refused_with_1002(raw: RawSocket, opcode: int) -> None:
    """§5.2: an unknown opcode fails the connection."""
    assert raw.fails(make_frame(opcode, b"x")) == 1002


def test_reserved_bits_inside_a_fragmented_message_are_refused_with_1002(raw: RawSocket) -> None:
    """Also on a continuation."""
    assert raw.fails(make_frame(TEXT, b"{", fin=False) + make_frame(CONT, b"}", rsv=2)) == 1002
