"""Bytes a server would send, and readers at the ends of real sockets, for the tests of the generator."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from websockets.frames import Frame, Opcode

from loadtests.bench.dialects import LiveDialect
from loadtests.bench.frames import TEXT
from loadtests.bench.messages import TextMaker
from loadtests.bench.viewers import ViewerPool

TEXTS = TextMaker(1)


def write(opcode: int, payload: bytes) -> bytes:
    """A frame as a server writes it."""
    return Frame(Opcode(opcode), payload).serialize(mask=False)


def make_events(first: int, count: int, intended_ns: int = 0) -> bytes:
    """An `events` frame with comments `first` … as its positions and counters."""
    events = [
        {"kind": "comment.sent", "ts": 1, "data": {"id": f"c_{n}", "text": TEXTS.make(n, intended_ns)}}
        for n in range(first, first + count)
    ]
    return write(TEXT, orjson.dumps({"type": "events", "room": "r", "seq": first + count - 1, "events": events}))


@contextmanager
def seat(count: int) -> Iterator[tuple[ViewerPool, list[socket.socket]]]:
    """A pool of `count` viewers at position 0, and the server's ends of their sockets."""
    pool = ViewerPool(LiveDialect("r"))
    ends = []
    for _ in range(count):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        pool.add(theirs, 0, b"")
        ends.append(ours)
    try:
        yield pool, ends
    finally:
        pool.close()
        for end in ends:
            end.close()


def read_all(pool: ViewerPool) -> None:
    """Let the pool read until nothing is left."""
    while pool.poll(0):
        pass
