"""What is kept of deliveries is bounded, counted, and deleted in its time and not before."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Table, func, select

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.tables import webhook_deliveries, webhook_endpoints
from liveroom.rooms.webhooks.deliveries import DeliveryState
from liveroom.rooms.webhooks.endpoint import erase, switch
from liveroom.rooms.webhooks.endpoints import MOST_ENDPOINTS
from liveroom.rooms.webhooks.fan_out import COUNT_S
from liveroom.rooms.webhooks.housekeeping import LAST_MS, ROUND_S
from tests.storage.webhooks.office import Office
from tests.storage.webhooks.receiver import Answer, Receiver
from tests.support.clock import FakeClock

PENDING, DELIVERED, DEAD = DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD


async def count_rows(office: Office, table: Table) -> int:
    """All rows of a table."""
    async with office.database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def test_what_waits_is_counted_with_its_age(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    await office.register(receiver.url)
    receiver.plan = [Answer(500), Answer(500), Answer(200)]
    await office.tell(1, 2, 3)
    await office.settle()
    clock.advance(1_500)
    await office.housekeeping.run_once()
    assert office.heard.counted == (2, 0, 1.5)


async def test_what_arrived_and_what_is_dead_have_times_of_their_own(
    office: Office, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(410), Answer(200)]
    await office.tell(1, 2)
    await office.settle()
    await office.endpoints.change(endpoint.id, lambda one: switch(one, is_active=True, who="u1"), 0, "u1")
    office.courier.wake([endpoint.id])
    await office.settle()
    for wait_ms, delivered, dead in ((99_000, 1, 1), (2_000, 0, 1), (98_000, 0, 1), (2_000, 0, 0)):
        clock.advance(wait_ms)
        await office.housekeeping.run_once()
        assert (len(await office.list(endpoint, DELIVERED)), len(await office.list(endpoint, DEAD))) == (
            delivered,
            dead,
        )


async def test_a_round_comes_by_itself(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    await office.register(receiver.url)
    receiver.plan = [Answer(500)]
    office.housekeeping.start()
    await office.tell(1)
    await office.settle()
    clock.advance(ROUND_S * 1000)
    assert office.housekeeping._task is not None
    await office.housekeeping._task
    assert office.heard.counted[0] == 1
    await office.housekeeping.stop()


async def test_of_a_deleted_endpoint_nothing_stays(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(200), Answer(500)]
    await office.tell(1, 2, 3)
    await office.settle()
    await office.endpoints.change(endpoint.id, erase, clock.now_ms(), "u1")
    with pytest.raises(Refusal, match="no webhook"):
        await office.endpoints.find(endpoint.id)
    await office.housekeeping.run_once()
    assert await count_rows(office, webhook_endpoints) == 1, "a fan-out may still know it"
    await office.pass_time(clock, LAST_MS / 1000 + 1)
    assert len(receiver.got) == 3
    await office.housekeeping.run_once()
    for table in (webhook_endpoints, webhook_deliveries):
        assert await count_rows(office, table) == 0


async def test_above_the_bound_events_are_counted_and_not_kept(
    office: Office, receiver: Receiver, clock: FakeClock
) -> None:
    office.fan_out._most_undelivered = 3
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(500)]
    await office.tell(*range(5))
    await office.settle()
    assert len(await office.list(endpoint, PENDING)) == 3
    assert (await office.endpoints.find(endpoint.id)).missed == office.heard.missed == 2
    receiver.plan = [Answer()]
    await office.pass_time(clock, COUNT_S + 1)
    await office.tell(9)
    await office.settle()
    assert receiver.got[-1].data == {"number": 9}


async def test_there_are_only_so_many_endpoints(office: Office) -> None:
    for _ in range(MOST_ENDPOINTS - 1):
        await office.register("https://shop.example.org/")
    ended = await asyncio.gather(
        *(office.register("https://shop.example.org/") for _ in range(3)), return_exceptions=True
    )
    refused = [each for each in ended if isinstance(each, Refusal)]
    assert [each.code for each in refused] == [ErrorCode.OVERLOADED] * 2
    assert len(await office.endpoints.list()) == MOST_ENDPOINTS
