"""Ping and pong (RFC 6455 §5.5), at any moment of a connection."""

from __future__ import annotations

import pytest

from tests.support.raw_socket import CLOSE, PING, PONG, TEXT, ConnectedSocket, Frame, RawSocket, make_frame


@pytest.mark.parametrize("payload", [b"", b"hello", b"\x00\xff\xfe\xfd\xfc\xfb", b"p" * 125])
def test_a_ping_is_answered_with_its_own_payload(raw: RawSocket, payload: bytes) -> None:
    """§5.5.3, before anybody has said who they are."""
    raw.send(make_frame(PING, payload))
    assert raw.read_frame() == Frame(True, 0, PONG, payload)


def test_pings_are_answered_in_order(raw: RawSocket) -> None:
    """Ten of them in one segment."""
    raw.send(b"".join(make_frame(PING, b"%d" % number) for number in range(10)))
    assert [raw.read_frame().payload for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_a_ping_sent_byte_by_byte_is_answered(raw: RawSocket) -> None:
    """Its header may stand at the end of a segment."""
    raw.send_slowly(make_frame(PING, b"slow"))
    assert raw.read_frame() == Frame(True, 0, PONG, b"slow")


def test_a_pong_nobody_asked_for_changes_nothing(guest: ConnectedSocket) -> None:
    """§5.5.3: it may serve as a one-way heartbeat."""
    guest.send(make_frame(PONG, b"unasked"))
    guest.say(type="ping", id=3)
    assert guest.hear("pong")["id"] == 3


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
@pytest.mark.parametrize("size", [126, 65_536])
def test_a_control_frame_above_125_bytes_is_refused_with_1002(raw: RawSocket, opcode: int, size: int) -> None:
    """§5.5."""
    assert raw.fails(make_frame(opcode, b"p" * size)) == 1002


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_fragmented_control_frame_is_refused_with_1002(raw: RawSocket, opcode: int) -> None:
    """§5.5."""
    assert raw.fails(make_frame(opcode, b"x", fin=False)) == 1002


def test_a_ping_is_answered_while_the_server_waits_for_the_rest_of_a_message(guest: ConnectedSocket) -> None:
    """§5.4: control frames may be injected between fragments and are handled at once."""
    guest.send(make_frame(TEXT, b'{"type":', fin=False) + make_frame(PING, b"between"))
    assert guest.read_frame() == Frame(True, 0, PONG, b"between")
    guest.send(make_frame(0, b'"ping","id":4}'))
    assert guest.hear("pong")["id"] == 4
