"""Nothing that goes wrong on the wire is missed by the reading loop: each planted fault is found and counted."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from loadtests.bench.account import Account, Window, make_account
from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import CLOSE, PING, TEXT
from loadtests.bench.viewers import ViewerPool
from tests.loadtests.rooms import make_events, read_all, seat, write

ALWAYS = Window(0, 2**63)


def count(pool: ViewerPool, sends: int, viewers: int) -> Account:
    return make_account(pool.chunks, pool.anomalies, [0] * sends, viewers, ALWAYS, ALWAYS)


def test_a_room_in_step_is_counted_without_fault() -> None:
    with seat(3) as (pool, ends):
        for wire in (make_events(1, 1), make_events(2, 3), make_events(5, 2)):
            for end in ends:
                end.send(wire)
            read_all(pool)
        account = count(pool, 6, 3)
    assert account.correct
    assert account.delivered == account.expected == account.window_deliveries == account.latency.count == 18
    assert account.window_frames == 9


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.integers(1, 4), min_size=1, max_size=6), cuts=st.lists(st.integers(1, 700), max_size=12))
def test_however_tcp_cuts_the_stream_the_account_is_the_same(batches: list[int], cuts: list[int]) -> None:
    wire, first = b"", 1
    for size in batches:
        wire += make_events(first, size)
        first += size
    with seat(2) as (pool, (whole, cut)):
        whole.send(wire)
        start = 0
        for size in [*cuts, len(wire)]:
            cut.send(wire[start : start + size])
            start += size
            read_all(pool)
        account = count(pool, first - 1, 2)
    assert account.correct
    assert account.delivered == 2 * (first - 1)


def test_a_message_that_one_viewer_never_gets_is_lost_once() -> None:
    with seat(3) as (pool, ends):
        for index, end in enumerate(ends):
            end.send(make_events(1, 1))
            if index != 1:
                end.send(make_events(2, 1))
            end.send(make_events(3, 1))
        read_all(pool)
        account = count(pool, 3, 3)
    assert (account.lost, account.holes, account.duplicates, account.reordered) == (1, 1, 0, 0)
    assert not account.correct


def test_a_last_message_that_never_comes_is_lost_although_there_is_no_hole() -> None:
    with seat(2) as (pool, ends):
        for end in ends:
            end.send(make_events(1, 1))
        ends[0].send(make_events(2, 1))
        read_all(pool)
        account = count(pool, 2, 2)
    assert (account.lost, account.holes) == (1, 0)


def test_a_message_that_comes_twice_is_a_duplicate_and_no_delivery() -> None:
    with seat(1) as (pool, (end,)):
        for wire in (make_events(1, 1), make_events(2, 1), make_events(2, 1)):
            end.send(wire)
            read_all(pool)
        account = count(pool, 2, 1)
    assert (account.lost, account.duplicates, account.delivered) == (0, 1, 2)
    assert not account.correct


def test_two_messages_in_the_wrong_order_are_a_reorder_and_no_loss() -> None:
    with seat(1) as (pool, (end,)):
        end.send(make_events(1, 1) + make_events(3, 1) + make_events(2, 1))
        read_all(pool)
        account = count(pool, 3, 1)
    assert (account.lost, account.holes, account.reordered, account.delivered) == (0, 0, 1, 3)
    assert not account.correct


def test_an_event_of_the_room_itself_that_is_skipped_is_a_hole() -> None:
    with seat(1) as (pool, (end,)):
        end.send(make_events(2, 1))
        read_all(pool)
        account = make_account(pool.chunks, pool.anomalies, [0, 0], 1, ALWAYS, ALWAYS)
    assert (account.holes, account.lost) == (1, 1)


def test_a_viewer_that_is_cut_off_is_dropped_and_named() -> None:
    with seat(2) as (pool, ends):
        ends[0].send(write(CLOSE, (4100).to_bytes(2, "big") + b"slow"))
        ends[1].close()
        read_all(pool)
        assert pool.size == 0
        assert dict(pool.closed) == {"closed: 4100 slow": 1, "end of stream": 1}


def test_a_viewer_cut_off_inside_a_frame_is_dropped() -> None:
    with seat(1) as (pool, (end,)):
        end.send(make_events(1, 1)[:50])
        read_all(pool)
        end.close()
        read_all(pool)
        assert pool.size == 0


def test_pings_of_both_layers_are_answered() -> None:
    with seat(1) as (pool, (end,)):
        end.send(write(PING, b"abc") + write(TEXT, orjson.dumps({"type": "ping", "t": 17})))
        read_all(pool)
        answers = end.recv(4096)
    size = 2 + 4 + len(orjson.dumps({"type": "pong", "t": 17}))
    assert read_masked(answers[:size]) == (Opcode.TEXT, b'{"type":"pong","t":17}')
    assert read_masked(answers[size:]) == (Opcode.PONG, b"abc")


def read_masked(wire: bytes) -> tuple[Opcode, bytes]:
    key, body = wire[2:6], wire[6:]
    payload = bytes(byte ^ key[at % 4] for at, byte in enumerate(body))
    return Opcode(wire[0] & 0x0F), payload


def test_a_resync_is_reported() -> None:
    with seat(1) as (pool, (end,)):
        end.send(write(TEXT, b'{"type":"resync","room":"r","reason":"slow"}'))
        read_all(pool)
        assert pool.notices == {"resync": 1}


def test_totals_and_private_frames_do_not_move_the_position() -> None:
    with seat(1) as (pool, (end,)):
        end.send(write(TEXT, b'{"type":"latest","room":"r","values":{"likes":{"total":3}}}') + make_events(1, 1))
        end.send(write(TEXT, b'{"type":"private","events":[]}'))
        read_all(pool)
        assert count(pool, 1, 1).correct


def test_bytes_that_are_no_frame_end_the_run() -> None:
    with seat(1) as (pool, (end,)):
        end.send(b"\xff\xff\xff\xff")
        with pytest.raises(ProtocolFault, match="0xff"):
            read_all(pool)


def test_latency_is_counted_from_the_intended_time_and_only_inside_the_window() -> None:
    with seat(1) as (pool, (end,)):
        end.send(make_events(1, 1, intended_ns=5))
        read_all(pool)
        end.send(make_events(2, 1, intended_ns=50))
        read_all(pool)
        account = make_account(pool.chunks, pool.anomalies, [5, 50], 1, Window(10, 100), ALWAYS)
    assert account.latency.count == 1
    assert account.delivered == 2
