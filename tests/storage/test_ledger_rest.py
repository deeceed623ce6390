"""While many facts come the ledger rests between transactions; who comes alone, or in a crowd, waits for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from liveroom.rooms.ledger import Answer, Decision, Fact, LedgerLimits, Loaded
from liveroom.rooms.ledger.ledger import BUSY_FACTS, REST_MOST_S
from liveroom.rooms.storage.database import Database
from tests.storage.desk import Coupons, Desk, claim
from tests.support.clock import FakeClock

TOOK_MS = 4
BATCH = 40


class Slow(Coupons):
    """Every batch takes its time."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(10**9)
        self.clock = clock
        self.took_ms = TOOK_MS

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """As always, and later."""
        self.clock.advance(self.took_ms)
        return super().decide(facts, loaded, now_ms)


@pytest.fixture
async def desk(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """One whose ledger takes its time."""
    made = Desk(Database(sqlite_url), clock, limits=LedgerLimits(batch=BATCH))
    made.coupons = Slow(clock)
    made.ledger._deciders = made.ledger._writing._deciders = {"claim": made.coupons}
    yield await made.start()
    await made.stop()
    await made.database.close()


def claim_some(desk: Desk, first: int, count: int) -> asyncio.Future[list[Answer]]:
    """So many more claims, which are in the queue when this returns."""
    return asyncio.gather(*(desk.ledger.submit(claim(f"u{n}")) for n in range(first, first + count)))


async def test_between_two_batches_of_many_it_rests_as_long_as_the_last_one_took(desk: Desk, clock: FakeClock) -> None:
    await claim_some(desk, 0, BUSY_FACTS)
    more = [claim_some(desk, 100, 3), claim_some(desk, 200, 3)]
    async with desk.database.write():
        pass  # a transaction that had begun would have ended before
    assert desk.coupons.batches == [BUSY_FACTS]
    clock.advance(TOOK_MS)
    await asyncio.gather(*more)
    assert desk.coupons.batches == [BUSY_FACTS, 6]


async def test_after_a_few_the_next_waits_for_nothing(desk: Desk) -> None:
    await claim_some(desk, 0, BUSY_FACTS - 1)
    await claim_some(desk, 100, BUSY_FACTS - 1)
    assert desk.coupons.batches == [BUSY_FACTS - 1] * 2


async def test_half_a_batch_waits_for_nothing(desk: Desk) -> None:
    await claim_some(desk, 0, BATCH + BATCH // 2)
    assert desk.coupons.batches == [BATCH, BATCH // 2]


async def test_it_never_rests_long(desk: Desk, clock: FakeClock) -> None:
    assert isinstance(desk.coupons, Slow)
    desk.coupons.took_ms = 500
    await claim_some(desk, 0, BUSY_FACTS)
    one = claim_some(desk, 100, 1)
    clock.advance(REST_MOST_S * 1000)
    await one


async def test_an_end_does_not_wait_for_the_rest(desk: Desk) -> None:
    await claim_some(desk, 0, BUSY_FACTS)
    one = claim_some(desk, 100, 1)
    await desk.ledger.stop()
    await one
    assert desk.coupons.batches == [BUSY_FACTS, 1]
