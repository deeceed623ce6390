"""A stall for each test, and a till beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from liveroom.rooms.value.gifts import hook
from liveroom.rooms.webhooks.signature import sign
from tests.storage.gifts.deadlines import Deadlines
from tests.storage.gifts.stall import Stall
from tests.storage.gifts.till import SECRET, Till, running_till
from tests.support.clock import START_MS, FakeClock

Open = Callable[..., Awaitable[Stall]]


@pytest.fixture
async def open_stall(clock: FakeClock) -> AsyncIterator[Open]:
    """Opens stalls on any database; what is open in the end is stopped."""
    opened: list[Stall] = []

    async def open_one(url: str, **options: Any) -> Stall:
        stall = Stall(url, clock, **options)
        opened.append(stall)
        return await stall.start()

    yield open_one
    for stall in opened:
        await stall.stop()


@pytest.fixture
async def stall(url: str, open_stall: Open) -> Stall:
    """One that charges nothing, on each kind of database."""
    return await open_stall(url)


@pytest.fixture
def deadlines(till: Till, monkeypatch: pytest.MonkeyPatch) -> Deadlines:
    """Those of calls to the billing; over when it has a charge and does not answer."""
    deadlines = Deadlines()
    monkeypatch.setattr(hook, "asyncio", deadlines)
    till.fell_silent = deadlines.run_out
    return deadlines


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """An app's billing. Somebody has called it once, so that what the first call loads takes nobody's time."""
    async with running_till() as till:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            body = b'{"type":"hello","data":{"id":"none","amount":0}}'
            await http.post(till.url, content=body, headers=sign("none", body, [SECRET], START_MS))
        till.calls.clear()
        till.charged.clear()
        till.connections = 0
        yield till
