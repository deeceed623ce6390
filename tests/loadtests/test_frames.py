"""The frame splitter finds every frame wherever TCP cuts, and refuses what a server must not send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.streams import StreamReader

from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import BINARY, CLOSE, PING, PONG, TEXT, make_frame, split_frames
from tests.loadtests.rooms import write

KINDS = st.sampled_from([TEXT, BINARY])
CONTROLS = st.sampled_from([PING, PONG, CLOSE])
SIZES = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65_535, 65_536, 70_000]))
FRAMES = st.lists(
    st.one_of(
        st.tuples(KINDS, SIZES.map(lambda size: bytes(size))),
        st.tuples(CONTROLS, st.binary(max_size=125)),
    ),
    max_size=12,
)


@given(frames=FRAMES, cuts=st.lists(st.integers(1, 5000), max_size=40))
def test_frames_are_the_same_however_the_bytes_are_cut(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    wire = b"".join(write(opcode, payload) for opcode, payload in frames)
    found: list[tuple[int, bytes]] = []
    tail = b""
    start = 0
    for size in [*cuts, len(wire) + 1]:
        whole, tail = split_frames(tail + wire[start : start + size])
        found += whole
        start += size
    assert found == frames
    assert tail == b""


def test_a_frame_that_comes_byte_by_byte_is_found_once() -> None:
    wire = write(TEXT, b"x" * 200)
    tail = b""
    found = []
    for at in range(len(wire)):
        frames, tail = split_frames(tail + wire[at : at + 1])
        found += frames
    assert found == [(TEXT, b"x" * 200)]


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"\x01\x05hello", "0x01"),
        (b"\x80\x00", "0x80"),
        (b"\xc1\x05hello", "0xc1"),
        (b"\x83\x00", "0x83"),
        (b"\x81\x85\x00\x00\x00\x00hello", "masked"),
        (b"\x81\x7f" + (2**40).to_bytes(8, "big"), str(2**40)),
    ],
    ids=["fragment", "continuation", "reserved bit", "unknown opcode", "masked", "absurd length"],
)
def test_what_a_server_must_not_send_is_refused_by_name(wire: bytes, why: str) -> None:
    with pytest.raises(ProtocolFault, match=why):
        split_frames(wire)


@given(payload=st.binary(max_size=300), key=st.binary(min_size=4, max_size=4))
def test_a_frame_of_ours_is_read_by_the_websockets_library(payload: bytes, key: bytes) -> None:
    assert read_as_server(make_frame(payload, key, BINARY)) == payload


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536])
def test_lengths_at_the_borders_are_written_in_the_right_form(size: int) -> None:
    assert read_as_server(make_frame(b"y" * size, b"\x01\x02\x03\x04", BINARY)) == b"y" * size


def read_as_server(wire: bytes) -> bytes:
    reader = StreamReader()
    reader.feed_data(wire)
    parser = Frame.parse(reader.read_exact, mask=True, max_size=None)
    try:
        next(parser)
    except StopIteration as done:
        frame: Frame = done.value
        return bytes(frame.data)
    raise AssertionError("the frame is not complete")
