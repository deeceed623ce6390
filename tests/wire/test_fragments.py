"""Fragmented messages (RFC 6455 §5.4) and UTF-8 in them (§8.1)."""

from __future__ import annotations

import json

import psutil
import pytest

from tests.support.raw_socket import CONT, PING, PONG, TEXT, ConnectedSocket, RawSocket, make_frame, make_text
from tests.support.server import Server
from tests.wire.conftest import ROOM

MESSAGE = b'{"type":"ping","id":9}'


def in_fragments(message: bytes, size: int, between: bytes = b"") -> bytes:
    """A message in fragments of `size` bytes, with something between them."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    frames = [make_frame(CONT if at else TEXT, part, fin=at == len(parts) - 1) for at, part in enumerate(parts)]
    return between.join(frames)


@pytest.mark.parametrize("size", [1, 2, 7, 21])
def test_fragments_of_any_size_make_one_message(guest: ConnectedSocket, size: int) -> None:
    """Each fragment is a frame of its own."""
    guest.send(in_fragments(MESSAGE, size))
    assert guest.hear("pong")["id"] == 9


def test_empty_fragments_are_part_of_a_message(guest: ConnectedSocket) -> None:
    """At its beginning, in its middle and at its end."""
    empty = make_frame(CONT, b"", fin=False)
    guest.send(make_frame(TEXT, b"", fin=False) + empty + make_frame(CONT, MESSAGE, fin=False) + empty)
    guest.send(make_frame(CONT, b""))
    assert guest.hear("pong")["id"] == 9


def test_control_frames_between_fragments_do_not_break_the_message(guest: ConnectedSocket) -> None:
    """One ping between any two."""
    guest.send(in_fragments(MESSAGE, 4, between=make_frame(PING, b"p")))
    seen = sorted((frame.opcode, frame.payload) for frame in (guest.read_frame() for _ in range(6)))
    assert seen[1:] == [(PONG, b"p")] * 5
    assert json.loads(seen[0][1])["id"] == 9


def test_a_continuation_of_nothing_is_refused_with_1002(raw: RawSocket) -> None:
    """§5.4."""
    assert raw.fails(make_frame(CONT, MESSAGE)) == 1002


def test_a_continuation_behind_a_whole_message_is_refused_with_1002(guest: ConnectedSocket) -> None:
    """The fast path for whole messages does not forget what comes next."""
    guest.send(make_text(MESSAGE) + make_frame(CONT, MESSAGE))
    assert guest.hear("pong")["id"] == 9
    assert guest.read_close()[0] == 1002


def test_a_new_message_inside_a_fragmented_one_is_refused_with_1002(guest: ConnectedSocket) -> None:
    """§5.4: fragments of two messages are not interleaved."""
    assert guest.fails(make_frame(TEXT, b'{"type":', fin=False) + make_text(MESSAGE)) == 1002


def test_fragments_above_the_limit_in_sum_are_refused_with_1009(guest: ConnectedSocket) -> None:
    """Each is small, together they are not."""
    frames = in_fragments(b"x" * 65_537, 8_192)
    assert guest.fails(frames) == 1009


def test_fragments_up_to_the_limit_are_one_message(guest: ConnectedSocket) -> None:
    """64 KiB in 256 fragments."""
    guest.send(in_fragments(MESSAGE[:-1] + b" " * (65_536 - len(MESSAGE)) + b"}", 256))
    assert guest.hear("pong")["id"] == 9


def test_fragments_without_end_are_stopped_and_cost_nobody_their_time(server: Server, guest: ConnectedSocket) -> None:
    """20,000 empty fragments: bounded work and memory, then 4101."""
    before_s = psutil.Process(server.process.pid).cpu_times().user
    code = guest.fails(make_frame(TEXT, b"{", fin=False) + make_frame(CONT, b"", fin=False) * 20_000)
    assert code == 4101
    assert psutil.Process(server.process.pid).cpu_times().user - before_s < 2


@pytest.mark.parametrize("text", ["雨", "🌧", "\x7f", "\u07ff", "\uffff", "\U0010ffff", "é\u0301", "\ufeff"])
def test_every_valid_character_is_taken_wherever_it_is_cut(server: Server, text: str) -> None:
    """In fragments of one byte; the message comes back unharmed in the field that is not known."""
    from tests.support.raw_socket import connect

    with connect(server.port, rooms=[ROOM]) as raw:
        raw.send(in_fragments(json.dumps({"type": "ping", "id": 5, text: 1}, ensure_ascii=False).encode(), 1))
        assert raw.hear("error")["error"]["field"] == text


INVALID = {
    "lone continuation": b"\x80",
    "cut sequence": b"\xe9\x9b",
    "overlong slash": b"\xc0\xaf",
    "overlong nul": b"\xe0\x80\x80",
    "surrogate": b"\xed\xa0\x80",
    "above U+10FFFF": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "impossible byte": b"\xfe",
}


@pytest.mark.parametrize("invalid", INVALID.values(), ids=INVALID)
def test_invalid_utf_8_is_refused_with_1007(guest: ConnectedSocket, invalid: bytes) -> None:
    """§8.1, in a whole message."""
    assert guest.fails(make_text(b'{"type":"ping","x":"' + invalid + b'"}')) == 1007


@pytest.mark.parametrize("invalid", INVALID.values(), ids=INVALID)
def test_invalid_utf_8_across_fragments_is_refused_with_1007(raw: RawSocket, invalid: bytes) -> None:
    """Before `connect`, each byte in a fragment."""
    assert raw.fails(in_fragments(b'{"x":"' + invalid + b'"}', 1)) == 1007


def test_invalid_utf_8_behind_deep_nesting_is_refused_with_1007(guest: ConnectedSocket) -> None:
    """Not JSON, too deep and not UTF-8: the last weighs most."""
    assert guest.fails(make_text(b"[" * 50 + b"\xff")) == 1007
