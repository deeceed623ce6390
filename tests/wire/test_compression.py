"""permessage-deflate (RFC 7692): negotiated, shared by all, and never a bomb."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

import pytest

from tests.support.raw_socket import CONT, PING, TEXT, ConnectedSocket, RawSocket, connect, make_frame, open_socket
from tests.support.server import Server
from tests.wire.conftest import ROOM

OFFER = "permessage-deflate; client_max_window_bits"
MESSAGE = b'{"type":"ping","id":6}'
MEBIBYTE = 1024 * 1024


def deflate(message: bytes, window_bits: int = 15) -> bytes:
    """One message as RFC 7692 §7.2.1 has it."""
    compressor = zlib.compressobj(wbits=-window_bits)
    return (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


def inflate(payload: bytes) -> bytes:
    """What a client reads; its window is no larger than the server announced."""
    return zlib.decompressobj(wbits=-12).decompress(payload + b"\x00\x00\xff\xff")


@pytest.fixture
def compressed(server: Server) -> Iterator[ConnectedSocket]:
    """A guest who negotiated compression."""
    with connect(server.port, sec_websocket_extensions=OFFER) as raw:
        yield raw


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ("permessage-deflate", True),
        (OFFER, True),
        ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", True),
        ("permessage-deflate; server_max_window_bits=12", True),
        ("x-unknown, permessage-deflate", True),
        ("permessage-deflate; server_max_window_bits=7", False),
        ("permessage-deflate; nonsense", False),
        ("x-webkit-deflate-frame", False),
    ],
)
def test_compression_is_agreed_without_context_takeover_or_not_at_all(server: Server, offer: str, agreed: bool) -> None:
    """§7.1: each message stands alone, so that one result serves all."""
    with RawSocket(server.port) as raw:
        answer = raw.upgrade(sec_websocket_extensions=offer)
    assert answer.status == 101
    agreement = answer.headers.get("sec-websocket-extensions", "")
    assert agreement.startswith("permessage-deflate") == agreed
    if agreed:
        assert "server_no_context_takeover" in agreement
        assert "client_no_context_takeover" in agreement


@pytest.mark.parametrize("value", ["permessage-deflate; =", ";", 'permessage-deflate; a="', "," * 500])
def test_an_offer_that_cannot_be_read_is_refused_and_not_a_fault(server: Server, value: str) -> None:
    """400 or an upgrade without it."""
    with RawSocket(server.port) as raw:
        assert raw.upgrade(sec_websocket_extensions=value).status in (101, 400)


def test_compressed_messages_are_read(compressed: ConnectedSocket) -> None:
    """Whole, twice (no context is kept), and in fragments."""
    for _ in range(2):
        compressed.send(make_frame(TEXT, deflate(MESSAGE), rsv=4))
        assert compressed.hear("pong")["id"] == 6
    body = deflate(MESSAGE)
    compressed.send(make_frame(TEXT, body[:3], rsv=4, fin=False) + make_frame(PING))
    assert compressed.read_frame().payload == b""
    compressed.send(make_frame(CONT, body[3:]))
    assert compressed.hear("pong")["id"] == 6


def test_plain_messages_are_read_where_compression_was_agreed(compressed: ConnectedSocket) -> None:
    """§6: each message may be either."""
    compressed.send(make_frame(TEXT, MESSAGE) + make_frame(TEXT, deflate(MESSAGE), rsv=4) + make_frame(TEXT, MESSAGE))
    assert [compressed.hear("pong")["id"] for _ in range(3)] == [6, 6, 6]


def test_a_compressed_message_sent_byte_by_byte_is_read(compressed: ConnectedSocket) -> None:
    """Its header may stand at the end of a segment."""
    compressed.send_slowly(make_frame(TEXT, deflate(MESSAGE), rsv=4))
    assert compressed.hear("pong")["id"] == 6


def test_pushes_are_compressed_for_those_who_agreed(server: Server) -> None:
    """A long comment comes deflated to one and plain to the other, with the same content."""
    text = "很长的一段话，" * 70
    host = server.token("host", role="host", rooms=[ROOM])
    with (
        connect(server.port, host, [ROOM], sec_websocket_extensions=OFFER) as packed,
        connect(server.port, rooms=[ROOM]) as plain,
    ):
        plain_read: list[str] = []
        packed_read: list[str] = []
        packed.say(id=2, type="comment.send", room=ROOM, data={"text": text})
        while not any(text in each for each in plain_read):
            plain_read.append(plain.read_frame().payload.decode())
        while not any(text in each for each in packed_read):
            frame = packed.read_frame()
            packed_read.append((inflate(frame.payload) if frame.rsv else frame.payload).decode())
            if text in packed_read[-1]:
                assert frame.rsv == 4
                assert len(frame.payload) < len(text.encode()) / 4
    events = [json.loads(each) for each in (plain_read[-1], packed_read[-1])]
    assert events[0]["events"][-1]["data"]["text"] == events[1]["events"][-1]["data"]["text"] == text


@pytest.mark.parametrize(
    "payload", [b"\xff\xff\xff\xff", b"\x00", b"not deflate at all", deflate(MESSAGE)[:-6] + b"\xff" * 6]
)
def test_invalid_deflate_data_ends_the_connection(compressed: ConnectedSocket, payload: bytes) -> None:
    """RFC 7692 §7.2.2 fails the connection; a broken text may be not UTF-8 or not JSON instead."""
    compressed.send(make_frame(TEXT, payload, rsv=4) + make_frame(TEXT, b"\xff"))
    assert compressed.read_close()[0] in (1002, 1007)


def test_a_compressed_continuation_is_refused_with_1002(compressed: ConnectedSocket) -> None:
    """§6.1: RSV1 stands on the first frame alone."""
    assert compressed.fails(make_frame(TEXT, b"", rsv=4, fin=False) + make_frame(CONT, b"", rsv=4)) == 1002


def test_a_compressed_control_frame_is_refused_with_1002(compressed: ConnectedSocket) -> None:
    """§6.1: control frames are never compressed."""
    assert compressed.fails(make_frame(PING, b"x", rsv=4)) == 1002


def test_a_message_that_inflates_to_exactly_the_limit_is_read(compressed: ConnectedSocket) -> None:
    """The limit holds for the inflated size."""
    compressed.send(make_frame(TEXT, deflate(MESSAGE[:-1] + b" " * (65_536 - len(MESSAGE)) + b"}"), rsv=4))
    assert compressed.hear("pong")["id"] == 6


@pytest.mark.parametrize("size", [65_537, 10 * MEBIBYTE])
def test_a_message_that_inflates_above_the_limit_is_refused_with_1009(compressed: ConnectedSocket, size: int) -> None:
    """Some 10 KB on the wire, up to 10 MiB in memory if anybody inflated it."""
    assert compressed.fails(make_frame(TEXT, deflate(b" " * size), rsv=4)) == 1009


def test_a_bomb_in_fragments_is_refused_with_1009(compressed: ConnectedSocket) -> None:
    """Each fragment small, compressed and inflated."""
    body = deflate(b" " * MEBIBYTE)
    parts = [body[at : at + 40] for at in range(0, len(body), 40)]
    frames = [make_frame(CONT if at else TEXT, part, rsv=0 if at else 4, fin=False) for at, part in enumerate(parts)]
    assert compressed.fails(b"".join(frames)) == 1009


def test_three_hundred_bombs_leave_the_memory_as_it_was(server: Server) -> None:
    """Neither the inflated bytes nor the connections stay behind (S6)."""
    bomb = make_frame(TEXT, deflate(b" " * (10 * MEBIBYTE)), rsv=4)

    def throw(count: int) -> None:
        for _ in range(count):
            with open_socket(server.port, sec_websocket_extensions=OFFER) as raw:
                assert raw.fails(bomb) == 1009

    throw(50)
    before = server.rss_bytes()
    throw(300)
    assert server.rss_bytes() - before < 10 * MEBIBYTE
