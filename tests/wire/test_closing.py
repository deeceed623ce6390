"""The closing handshake (RFC 6455 §5.5.1, §7)."""

from __future__ import annotations

import pytest

from tests.support.raw_socket import CLOSE, PING, TEXT, ConnectedSocket, Frame, RawSocket, make_frame, make_text
from tests.support.server import Server
from tests.wire.conftest import ROOM

MESSAGE = b'{"type":"ping","id":8}'


def close_body(code: int, reason: bytes = b"") -> bytes:
    """The payload of a Close."""
    return code.to_bytes(2, "big") + reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        close_body(1000),
        close_body(1000, b"bye"),
        close_body(1001, "再见".encode()),
        close_body(1000, b"r" * 123),
        *(close_body(code) for code in (1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)),
    ],
)
def test_a_close_is_echoed_and_the_server_ends_the_connection_first(raw: RawSocket, body: bytes) -> None:
    """§5.5.1 and §7.1.1: the same code comes back, then FIN."""
    raw.send(make_frame(CLOSE, body))
    frame = raw.read_frame()
    assert (frame.opcode, frame.payload) == (CLOSE, body)
    assert raw.read_end() == b""


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_a_code_that_may_not_be_sent_is_refused_with_1002(raw: RawSocket, code: int) -> None:
    """§7.4: reserved, never sent, or out of range."""
    assert raw.fails(make_frame(CLOSE, close_body(code)), says_close=True) == 1002


def test_a_close_with_one_byte_is_refused_with_1002(raw: RawSocket) -> None:
    """§5.5.1: a body starts with a 2-byte code."""
    assert raw.fails(make_frame(CLOSE, b"\x03"), says_close=True) == 1002


def test_a_reason_that_is_not_utf_8_is_refused_with_1007(raw: RawSocket) -> None:
    """§5.5.1."""
    assert (
        raw.fails(make_frame(CLOSE, close_body(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80")), says_close=True)
        == 1007
    )


def test_what_follows_a_close_is_ignored(guest: ConnectedSocket) -> None:
    """§5.5.1: messages and pings behind it get no answer."""
    guest.send(make_frame(CLOSE, close_body(1000)) + make_text(MESSAGE) + make_frame(PING, b"late"))
    assert guest.read_frame() == Frame(True, 0, CLOSE, close_body(1000))
    assert guest.read_end() == b""


def test_messages_before_a_close_in_the_same_segment_are_answered(guest: ConnectedSocket) -> None:
    """They came first."""
    guest.send(make_text(MESSAGE) + make_frame(CLOSE, close_body(1000)))
    assert guest.hear("pong")["id"] == 8
    assert guest.read_close() == (1000, "")


def test_a_close_inside_a_fragmented_message_ends_the_connection(raw: RawSocket) -> None:
    """The message is never completed."""
    raw.send(make_frame(TEXT, b'{"type":', fin=False) + make_frame(CLOSE, close_body(1000)))
    assert raw.read_close()[0] in (1000, 1002)
    assert raw.read_end() == b""


def test_a_close_sent_byte_by_byte_is_echoed(raw: RawSocket) -> None:
    """Its header may stand at the end of a segment."""
    raw.send_slowly(make_frame(CLOSE, close_body(1000, b"slow")))
    assert raw.read_close() == (1000, "slow")


def test_the_peer_is_waited_for_when_the_server_closes_but_not_for_long(raw: RawSocket) -> None:
    """A peer that never answers the Close is cut after the linger time, and what it still says is not read."""
    raw.send(make_frame(0x3, b"x"))
    assert raw.read_close()[0] == 1002
    raw.send(make_text({"type": "connect", "id": 1}) * 3)
    assert raw.read_end() == b""


def test_a_large_message_on_its_way_does_not_swallow_the_reason_of_the_close(raw: RawSocket) -> None:
    """Cut while the peer still sends, the connection would be reset and the peer would never learn why."""
    raw.send(make_frame(TEXT, b"x" * 3_000_000))
    assert raw.read_close()[0] == 1009
    raw.close()
    assert raw.read_end() == b""


def test_a_half_closed_connection_is_ended(server: Server, guest: ConnectedSocket) -> None:
    """FIN without Close: nobody is there to read."""
    guest.socket.shutdown(1)
    assert guest.read_end() == b""


def test_a_viewer_who_is_cut_is_soon_counted_out(server: Server) -> None:
    """RST, without any Close: the server forgets the connection at once."""
    from tests.support.raw_socket import connect

    raw = connect(server.port, server.token("cut"), [ROOM])
    assert raw.connected["user"]["id"] == "cut"
    raw.reset()
    with connect(server.port, server.token("cut"), [ROOM]) as again:
        assert "error" not in again.connected["rooms"][ROOM]
