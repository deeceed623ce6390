"""Commands that are worth money are answered truthfully and once, whatever the ledger or a handler does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from liveroom.realtime.backplane.base import Take
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.catalogue import EVERYONE, CommandType, Model, Rate
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.telemetry import NullTelemetry
from liveroom.rooms import desk as desk_module
from liveroom.rooms.desk import Desk, Found
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer as Written
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.ledger.ledger import Told
from liveroom.rooms.requests import Answer, Request
from liveroom.rooms.room import Room
from tests.support.clock import START_MS, FakeClock


class Tap(Model):
    """What is sent."""

    number: int = 1


TAP = CommandType("tap", Tap, EVERYONE, Rate(per_s=1, burst=5), room=True, ack=None)


@dataclass
class Books:
    """A ledger that answers when it is told to."""

    waiting: list[tuple[Fact, Told]] = field(default_factory=list)
    refusal: RealtimeError | None = None
    fault: Exception | None = None

    def enter(self, fact: Fact, told: Told) -> None:
        """See `Ledger.enter`."""
        if self.refusal is not None:
            raise self.refusal
        if self.fault is not None:
            raise self.fault
        self.waiting.append((fact, told))


@dataclass
class Counter:
    """A desk and those who stand in front of it."""

    clock: FakeClock
    handler: Callable[[Room, Request, int], Any]
    books: Books = field(default_factory=Books)

    def __post_init__(self) -> None:
        self.backplane = MemoryBackplane(self.clock)
        ledger = cast(Ledger, self.books)
        self.desk = Desk({"tap": self.handle}, ledger, self.backplane, self.clock, NullTelemetry())

    def handle(self, room: Room, request: Request, now_ms: int) -> Any:
        """The handler may be changed by a test."""
        return self.handler(room, request, now_ms)

    def tap(self, user: str = "ann", key: str | None = "k", role: Role = Role.VIEWER) -> asyncio.Future[Answer]:
        """Somebody taps and waits."""
        identity = Identity(user_id=user, name=user, role=role, expires_at_ms=START_MS * 2)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request = Request(identity, role, TAP, Tap(), key, None, self.clock.monotonic_s(), waiting=waiting)
        self.desk.submit(cast(Room, SimpleNamespace(id="demo")), request)
        return waiting

    async def settle(self) -> None:
        """Let what can happen without the ledger happen."""
        for _ in range(5):
            await asyncio.sleep(0)


def as_fact(room: Room, request: Request, now_ms: int) -> Found:
    """Everything is worth money."""
    return Fact("tap", "demo", "c1", request.identity.user_id, request.key or "", b"{}", now_ms)


@pytest.fixture
def counter(clock: FakeClock) -> Counter:
    return Counter(clock, as_fact)


async def test_a_fact_is_answered_after_the_ledger_has_answered_and_not_before(counter: Counter) -> None:
    waiting = counter.tap()
    await counter.settle()
    assert not waiting.done()
    [(fact, told)] = counter.books.waiting
    assert (fact.subject, fact.key) == ("ann", "k")
    told(Written(b'{"number":7}', duplicate=True))
    assert await waiting == Answer(b'{"number":7}', None, duplicate=True)


async def test_what_memory_knows_is_answered_without_the_ledger(counter: Counter) -> None:
    counter.handler = lambda room, request, now_ms: Tap(number=3)
    assert (await counter.tap()).data == b'{"number":3}'
    assert counter.books.waiting == []


async def test_what_a_handler_has_had_written_itself_is_answered_as_the_ledger_did(counter: Counter) -> None:
    async def write() -> Found:
        return Written(b'{"number":4}', duplicate=True)

    counter.handler = lambda room, request, now_ms: write()
    assert await counter.tap() == Answer(b'{"number":4}', None, duplicate=True)
    assert counter.books.waiting == []


async def test_taps_that_arrive_together_are_with_the_ledger_together(counter: Counter) -> None:
    for number in range(100):
        counter.tap(f"u{number}")
    await counter.settle()
    assert [fact.subject for fact, _ in counter.books.waiting] == [f"u{number}" for number in range(100)]


async def test_a_refusal_of_the_ledger_is_the_answer_and_a_fault_is_not_shown(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    refused = counter.tap("ann")
    await counter.settle()
    counter.books.waiting[0][1](Refusal(ErrorCode.KEY_CONFLICT, "used"))
    counter.books.fault = ZeroDivisionError("inside")
    broken = counter.tap("bob")
    with pytest.raises(Refusal) as told:
        await refused
    assert told.value.code == ErrorCode.KEY_CONFLICT
    with caplog.at_level(logging.ERROR), pytest.raises(RealtimeError) as hidden:
        await broken
    assert hidden.value.code == ErrorCode.INTERNAL
    assert "inside" not in hidden.value.message
    assert "handler of tap failed" in caplog.text


async def test_a_faulty_handler_does_not_hurt_the_taps_beside_it(counter: Counter) -> None:
    counter.handler = lambda room, request, now_ms: 1 // 0 if request.identity.user_id == "ann" else Tap(number=2)
    broken, whole = counter.tap("ann"), counter.tap("bob")
    with pytest.raises(RealtimeError) as told:
        await broken
    assert told.value.code == ErrorCode.INTERNAL
    assert (await whole).data == b'{"number":2}'


async def test_a_backplane_with_a_fault_leaves_nobody_waiting(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(takes: Sequence[Take]) -> Sequence[int]:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(counter.backplane, "take", fail)
    waiting = [counter.tap("ann"), counter.tap("bob")]
    async with asyncio.timeout(60):
        await counter.desk.drain()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [ErrorCode.INTERNAL] * 2
    assert "2 commands could not be counted" in caplog.text


async def test_a_ledger_that_is_full_is_told_at_once(counter: Counter) -> None:
    counter.books.refusal = RealtimeError(ErrorCode.OVERLOADED, "full", retry_after_ms=300)
    with pytest.raises(RealtimeError) as told:
        await counter.tap()
    assert (told.value.code, told.value.retry_after_ms) == (ErrorCode.OVERLOADED, 300)


async def test_more_than_can_wait_is_refused_and_there_is_room_again_afterwards(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "MAX_PENDING", 2)
    first = counter.tap("a")
    counter.tap("b")
    with pytest.raises(RealtimeError) as told:
        counter.tap("c")
    assert told.value.code == ErrorCode.OVERLOADED
    await counter.settle()
    counter.books.waiting[0][1](Written(b"{}"))
    await first
    counter.tap("c")


async def test_without_a_key_nothing_is_taken(counter: Counter) -> None:
    with pytest.raises(Refusal) as told:
        counter.tap(key=None)
    assert (told.value.code, told.value.facts["field"]) == (ErrorCode.INVALID_FIELD, "key")


async def test_who_taps_too_fast_is_told_how_long_to_wait_and_staff_is_not(counter: Counter) -> None:
    counter.handler = lambda room, request, now_ms: Tap()
    taps = [counter.tap(key=f"k{number}") for number in range(6)]
    orders = [counter.tap("host", key=f"k{number}", role=Role.HOST) for number in range(6)]
    answers = await asyncio.gather(*taps, return_exceptions=True)
    assert [isinstance(answer, RealtimeError) for answer in answers] == [False] * 5 + [True]
    assert isinstance(answers[5], RealtimeError)
    assert answers[5].retry_after_ms == pytest.approx(1000, abs=2)
    assert all(answer.data for answer in await asyncio.gather(*orders))


async def test_a_handler_that_waits_outside_for_ever_is_answered_in_time(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "STEP_S", 0.01)

    async def wait() -> Found:
        await asyncio.Event().wait()
        raise AssertionError

    counter.handler = lambda room, request, now_ms: wait()
    with pytest.raises(RealtimeError) as told:
        await counter.tap()
    assert told.value.code == ErrorCode.UNAVAILABLE


async def test_drain_waits_for_the_last_answer(counter: Counter) -> None:
    waiting = counter.tap()
    draining = asyncio.ensure_future(counter.desk.drain())
    await counter.settle()
    assert not draining.done()
    counter.books.waiting[0][1](Written(b"{}"))
    await waiting
    await asyncio.wait_for(draining, 60)
