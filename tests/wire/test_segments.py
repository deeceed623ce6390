"""TCP may cut a conversation anywhere, and a peer may end anywhere: a `Connection` reads the same, or just ends."""

from __future__ import annotations

import json
import zlib
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.connection import Connection
from liveroom.realtime.gateway import Gateway, Limits
from liveroom.realtime.phase import Phase
from tests.support.clock import FakeClock
from tests.support.raw_socket import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    ConnectedSocket,
    connect,
    make_frame,
    make_request,
    make_text,
)
from tests.support.server import Server
from tests.wire.conftest import ROOM


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.ended = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.ended = True

    abort = close

    def set_write_buffer_limits(self, **_: int) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Ear:
    """A gateway that only listens."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.limits = Limits()
        self.agenda = self
        self.heard: list[bytes] = []

    def add(self, *_: object) -> None:
        pass

    def receive(self, connection: Connection, payload: bytes) -> None:
        self.heard.append(payload)

    def depart(self, connection: Connection) -> None:
        pass


class State:
    """What uvicorn hands over."""

    def __init__(self) -> None:
        self.connections: set[object] = set()


def read(segments: list[bytes]) -> tuple[list[bytes], bytes, bool, int]:
    """What a connection hears, says and does when it receives these segments."""
    ear = Ear()
    kind = type("Listening", (Connection,), {"__slots__": (), "gateway": cast(Gateway, ear)})
    connection = kind(None, State(), None)
    transport = Transport()
    connection.connection_made(cast(Any, transport))
    connection.phase = Phase.OPEN
    connection.extended = True
    for segment in segments:
        if not transport.ended:
            connection.data_received(segment)
    return ear.heard, transport.written, connection.phase is Phase.CLOSING, connection.close_code


def deflated(message: bytes) -> bytes:
    """A compressed message."""
    compressor = zlib.compressobj(wbits=-15)
    body = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return make_frame(TEXT, body[:-4], rsv=4)


MESSAGES = st.binary(min_size=0, max_size=200).map(lambda noise: json.dumps(noise.hex()).encode())
PIECES = st.one_of(
    MESSAGES.map(make_text),
    MESSAGES.map(deflated),
    MESSAGES.map(lambda m: make_frame(TEXT, m[:3], fin=False) + make_frame(PING, b"p") + make_frame(CONT, m[3:])),
    st.binary(max_size=125).map(lambda payload: make_frame(PING, payload)),
    st.just(make_frame(PONG, b"unasked")),
)
ENDS = st.sampled_from([b"", make_frame(CLOSE, b"\x03\xe8"), make_frame(BINARY, b"x"), make_frame(3), b"\x81\x05hello"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=8), ENDS, st.data())
def test_where_the_segments_are_cut_makes_no_difference(pieces: list[bytes], end: bytes, data: st.DataObject) -> None:
    """The same messages, pongs, close code and end, whole or in any pieces, down to single bytes."""
    stream = b"".join(pieces) + end
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))
    whole = read([stream])
    in_pieces = read([stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b])
    in_bytes = read([stream[at : at + 1] for at in range(len(stream))])
    assert whole[0] == in_pieces[0] == in_bytes[0]
    assert sorted(whole[1]) == sorted(in_pieces[1]) == sorted(in_bytes[1])
    assert whole[2:] == in_pieces[2:] == in_bytes[2:]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_noise_never_raises(segments: list[bytes]) -> None:
    """Nothing escapes to the event loop, whatever comes."""
    read(segments)


SESSION = (
    make_request(sec_websocket_extensions="permessage-deflate")
    + make_text({"id": 1, "type": "connect", "rooms": {ROOM: {}, "nowhere": {}}})
    + make_text({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": 2}, "key": "k"})
    + make_frame(TEXT, b'{"id":3,"type":"ping"', fin=False)
    + make_frame(PING, b"p")
    + make_frame(CONT, b"}")
    + make_text({"id": 4, "type": "room.leave", "room": ROOM})
    + make_text({"id": 5, "type": "ping", "x": "y" * 300})
    + make_frame(CLOSE, b"\x03\xe8")
)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(SESSION)), st.booleans())
def test_a_session_may_be_cut_at_any_byte(server: Server, length: int, is_reset: bool) -> None:
    """By FIN or by RST; the fixture looks at the log and at the health of the server afterwards."""
    raw = ConnectedSocket(server.port)
    raw.send(SESSION[:length])
    if is_reset:
        raw.reset()
    else:
        raw.socket.close()
    assert server.process.poll() is None


def test_nobody_who_was_cut_stays_in_the_room(server: Server) -> None:
    """Cut right behind `connect`, while the join may be under way, a hundred times: nobody is counted for ever."""
    room = server.create_room("cut", leave_delay_ms=0, visit_gap_ms=10_000)
    for number in range(100):
        raw = ConnectedSocket(server.port)
        raw.send(make_request() + make_text({"id": 1, "type": "connect", "rooms": {room: {}}}))
        if number % 2:
            raw.read_answer()
        raw.reset()
    with connect(server.port, server.token("last"), [room]) as last:
        while last.hear("latest")["values"].get("audience", {"viewers": 0})["viewers"] != 1:
            pass
