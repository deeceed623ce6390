"""Processes that die, stand still or share a database: every event arrives, perhaps again, under the same id."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import OutboxRow
from liveroom.rooms.webhook_events import webhook_message
from liveroom.rooms.webhooks.deliveries import Deliveries, DeliveryState
from tests.storage.webhooks.office import Office
from tests.storage.webhooks.receiver import Answer, Receiver
from tests.support.clock import FakeClock

LEASE_S = 60
PENDING, DELIVERED = DeliveryState.PENDING, DeliveryState.DELIVERED


@pytest.fixture
async def other(url: str, clock: FakeClock) -> AsyncIterator[Office]:
    """Another process on the same database; it is not started."""
    database = Database(url)
    other = Office(database, clock)
    yield other
    await other.stop()
    await database.close()


async def die(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """End as by SIGKILL: nothing more is written."""

    async def write_nothing(*_: object) -> None:
        """It is dead."""

    monkeypatch.setattr(office.deliveries, "settle", write_nothing)
    monkeypatch.setattr(office.endpoints, "release", write_nothing)
    office.courier._is_running = False
    for task in [*office.courier._tasks.values(), *office.relay._tasks.values()]:
        task.cancel()
        await asyncio.wait([task])


async def test_what_a_process_had_not_begun_is_sent_by_the_next(
    office: Office, other: Office, receiver: Receiver, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await office.register(receiver.url)
    await die(office, monkeypatch)
    async with office.database.write() as connection:
        await office.outbox.write(connection, [webhook_message("r1", "show.ended", {"number": 1})], clock.now_ms())
    clock.advance(1)
    await other.start()
    await other.settle()
    assert [got.data["number"] for got in receiver.got] == [1]
    assert len(await other.list(endpoint, DELIVERED)) == 1


async def test_what_a_process_was_about_to_deliver_is_sent_again_after_its_lease(
    office: Office, other: Office, receiver: Receiver, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.register(receiver.url)
    receiver.plan = ["hang"]
    await office.tell(1, 2)
    await receiver.wait_for(lambda got: len(got) == 1)
    await die(office, monkeypatch)
    receiver.plan = [Answer()]
    await other.start()
    await other.pass_time(clock, 5)
    assert len(receiver.got) == 1, "the lease holds"
    await other.pass_time(clock, LEASE_S)
    assert [got.data["number"] for got in receiver.got] == [1, 1, 2]
    assert receiver.got[0].id == receiver.got[1].id


async def test_two_processes_send_everything_once_and_in_order(
    office: Office, other: Office, receiver: Receiver, clock: FakeClock
) -> None:
    await office.register(receiver.url)
    await other.start()

    async def tell(one: Office, room: str) -> None:
        for number in range(60):
            await one.tell(number, room=room)

    await asyncio.gather(tell(office, "r1"), tell(other, "r2"), tell(office, "r3"))
    for _ in range(5):
        await asyncio.gather(office.settle(), other.settle())
        await office.pass_time(clock, 2)
    ids = Counter(got.id for got in receiver.got)
    assert len(ids) == 180
    assert set(ids.values()) == {1}
    rooms: dict[str, list[int]] = {}
    for got in receiver.got:
        rooms.setdefault(got.body.split(b'"room":"')[1][:2].decode(), []).append(got.data["number"])
    assert all(numbers == list(range(60)) for numbers in rooms.values())


async def test_results_that_could_not_be_written_mean_another_try(
    office: Office, receiver: Receiver, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await office.register(receiver.url)

    async def fail(*_: object) -> None:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(Deliveries, "settle", fail)
    await office.tell(1)
    await office.settle()
    assert len(await office.list(endpoint, PENDING)) == 1
    monkeypatch.undo()
    await office.pass_time(clock, 2)
    assert len({got.id for got in receiver.got}) == 1
    assert len(await office.list(endpoint, DELIVERED)) == 1


async def test_a_result_that_is_late_changes_nothing(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    """The delivery was put back meanwhile."""
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(500), Answer(500, is_late=True)]
    await office.tell(1)
    await office.settle()
    clock.advance(6_000)
    await receiver.wait_for(lambda got: len(got) == 2)
    (waiting,) = await office.list(endpoint, PENDING)
    await office.letters.resend(endpoint.id, waiting.event, clock.now_ms())
    receiver.plan = [Answer()]
    receiver.let_go.set()
    await office.settle()
    assert [each.attempts for each in await office.list(endpoint, DELIVERED)] == [1]


async def test_a_row_that_is_sent_again_makes_no_second_delivery(office: Office, receiver: Receiver) -> None:
    await office.register(receiver.url)
    message = webhook_message("r1", "show.ended", {"number": 1})
    rows = [OutboxRow(number, message.lane, message.payload, created_at_ms=7) for number in (1, 2)]
    await office.fan_out("r1", rows[:1])
    await office.fan_out("r1", rows)
    await office.settle()
    assert len(receiver.got) == 2
    await office.fan_out("r1", [OutboxRow(1, message.lane, message.payload, created_at_ms=8)])
    await office.settle()
    assert len({got.id for got in receiver.got}) == 3, "ids of rows come again, those of events do not"


async def test_a_process_that_stops_writes_what_it_has_sent(
    office: Office, other: Office, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(), "hang"]
    await office.tell(1, 2, 3)
    await receiver.wait_for(lambda got: len(got) == 2)
    stopping = asyncio.ensure_future(office.courier.stop())
    await asyncio.sleep(0)
    receiver.let_go.set()
    await stopping
    assert [each.state for each in await office.list(endpoint, DELIVERED)] == [DELIVERED]
    receiver.plan = [Answer()]
    await other.start()
    await other.settle()
    await other.pass_time(clock, 10)
    assert [got.data["number"] for got in receiver.got] == [1, 2, 3, 2]


async def test_a_lease_of_a_clock_that_was_ahead_ends(
    office: Office, other: Office, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint = await office.register(receiver.url)
    year_ms = 365 * 86_400_000
    ahead = clock.now_ms() + year_ms
    assert await other.endpoints.hold(endpoint.id, "died", ahead, ahead + 30_000) is not None
    await office.tell(1)
    await office.settle()
    assert len(receiver.got) == 1
