"""Rates that nodes share: never more than said over all of them, and seldom a question to the backplane."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.backplane.base import Take
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.server import shared_buckets
from liveroom.server.shared_buckets import SharedBuckets
from tests.support.clock import FakeClock

PER_S, BURST = 10.0, 100.0


class Watched(MemoryBackplane):
    """Counts what it is asked, and can be away."""

    asked = 0
    is_away = False

    async def take(self, wishes: Sequence[Take]) -> list[int]:
        """See `Backplane.take`."""
        self.asked += 1
        if self.is_away:
            raise BackplaneUnavailable("away")
        return await super().take(wishes)


async def drain(buckets: SharedBuckets, most: int = 1_000) -> int:
    """Take single tokens until one is refused; gives how many there were."""
    for number in range(most):
        if await buckets.take("u1", PER_S, BURST, 1.0):
            return number
    return most


async def test_nodes_spend_one_burst_together(clock: FakeClock) -> None:
    backplane = Watched(clock)
    a, b = (SharedBuckets("calls", backplane, clock) for _ in range(2))
    for _ in range(30):
        assert not await a.take("u1", PER_S, BURST, 1.0)
    assert await drain(b) + await drain(a) == BURST - 30
    assert backplane.asked < 0.3 * BURST


async def test_who_waits_as_long_as_told_may_go_on(clock: FakeClock) -> None:
    buckets = SharedBuckets("calls", MemoryBackplane(clock), clock)
    await drain(buckets)
    wait_ms = await buckets.take("u1", PER_S, BURST, 1.0)
    assert 0 < wait_ms <= 1000 / PER_S + 1
    clock.advance(wait_ms)
    assert not await buckets.take("u1", PER_S, BURST, 1.0)


async def test_kinds_and_names_are_apart(clock: FakeClock) -> None:
    backplane = MemoryBackplane(clock)
    calls, strangers = SharedBuckets("calls", backplane, clock), SharedBuckets("strangers", backplane, clock)
    await drain(calls)
    assert not await strangers.take("u1", PER_S, BURST, 1.0)
    assert not await calls.take("u2", PER_S, BURST, 1.0)


async def test_without_the_backplane_each_node_counts_for_itself(clock: FakeClock) -> None:
    backplane = Watched(clock)
    backplane.is_away = True
    a, b = (SharedBuckets("calls", backplane, clock) for _ in range(2))
    assert await drain(a) == BURST
    assert await drain(b) == BURST


async def test_alone_nobody_is_asked(clock: FakeClock) -> None:
    assert await drain(SharedBuckets("calls", None, clock)) == BURST


async def test_what_is_paid_for_and_not_spent_is_bounded(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_buckets, "CAPACITY", 10)
    buckets = SharedBuckets("strangers", MemoryBackplane(clock), clock)
    for number in range(50):
        await buckets.take(f"a{number}", PER_S, BURST, 0.05)
    assert len(buckets._paid) == 10


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.05, 1.0, 7.0]), st.integers(0, 400)), max_size=60))
async def test_the_sum_over_nodes_is_never_above_the_rate(steps: list[tuple[int, float, int]]) -> None:
    clock = FakeClock()
    backplane = MemoryBackplane(clock)
    nodes = [SharedBuckets("calls", backplane, clock) for _ in range(3)]
    taken, passed_ms = 0.0, 0
    for node, cost, pause_ms in steps:
        clock.advance(pause_ms)
        passed_ms += pause_ms
        if not await nodes[node].take("u1", PER_S, 20.0, cost):
            taken += cost
        assert taken <= 20.0 + PER_S * passed_ms / 1000 + 1e-3
