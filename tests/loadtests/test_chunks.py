"""What a chunk of bytes means does not depend on whether it was seen before."""

from __future__ import annotations

import pytest

from loadtests.bench.chunks import IRREGULAR, NOTHING, ChunkCache
from loadtests.bench.dialects import LiveDialect
from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import BINARY
from tests.loadtests.rooms import make_events, write


def make_cache() -> ChunkCache:
    return ChunkCache(LiveDialect("r"))


def test_equal_bytes_are_understood_once() -> None:
    cache = make_cache()
    wire = make_events(1, 2)
    first = cache.find(wire)
    assert cache.find(bytes(bytearray(wire))) is first
    assert cache.chunks == [first]
    assert (first.first, first.last, first.messages, first.frames) == (1, 2, 2, 1)


def test_bytes_that_differ_in_one_byte_are_another_chunk() -> None:
    cache = make_cache()
    wire = make_events(1, 1)
    other = wire.replace(b"c_1", b"c_9")
    assert cache.find(wire) is not cache.find(other)


def test_frames_that_do_not_follow_each_other_fit_no_position() -> None:
    chunk = make_cache().find(make_events(1, 1) + make_events(3, 1))
    assert chunk.first == IRREGULAR


def test_a_beginning_of_a_frame_is_kept_and_means_nothing_yet() -> None:
    wire = make_events(1, 1)
    chunk = make_cache().find(wire[:40])
    assert (chunk.first, chunk.tail, chunk.special) == (NOTHING, wire[:40], True)


def test_the_cache_forgets_but_the_account_does_not() -> None:
    cache = make_cache()
    for number in range(1, 9001):
        cache.find(write(1, b'{"type":"pong","server_time":%d}' % number))
    assert len(cache.chunks) == 9000
    assert cache.remembered <= 8192


def test_a_binary_frame_has_no_place_here() -> None:
    with pytest.raises(ProtocolFault, match="binary"):
        make_cache().find(write(BINARY, b"x"))
