"""The queue of facts and the one task that writes them in group commits.

Promise: an answer is given after the commit; each fact takes effect once, also over restarts and processes; a fact that
cannot be written never fails its neighbours. The queue is bounded in length and in time: what cannot be written
within the deadline is refused with `overloaded` and not carried out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import DatabaseUnavailable, Refusal
from liveroom.rooms.ledger.decider import Decider
from liveroom.rooms.ledger.facts import Answer, Fact
from liveroom.rooms.ledger.pace import Pace
from liveroom.rooms.ledger.writing import Batch, Writing
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import Outbox
from liveroom.rooms.storage.relay import Relay

logger = logging.getLogger(__name__)

BUSY_FACTS = 8
REST_MIN_S = 0.001
REST_MOST_S = 0.010
"""While batches of at least `BUSY_FACTS` follow each other the ledger rests between two, as long as the last one took
and at most so long: a transaction costs a millisecond or two of CPU, however few facts it has."""

LOCKED_TRIES = 3
"""Tries of a batch that lost against another process (a deadlock, a lock that was not given in time)."""


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """Bounds of a ledger.

    Args:
        batch: most facts in one transaction.
        queue: most facts that wait.
        deadline_s: longest wait of a fact before its transaction.
        unsent: outbox rows that may wait to be sent.
    """

    batch: int = 512
    queue: int = 20_000
    deadline_s: float = 2.0
    unsent: int = 100_000


Told = Callable[[Answer | RealtimeError], None]
"""Hears what became of a fact."""


class Waiting:
    """A fact in the queue, and who is told about it, once. `wanted`: not to be carried out when this is done before."""

    __slots__ = ("_told", "fact", "since_s", "wanted")

    def __init__(self, fact: Fact, told: Told, since_s: float, wanted: asyncio.Future[Answer] | None) -> None:
        self.fact = fact
        self.since_s = since_s
        self.wanted = wanted
        self._told: Told | None = told

    def tell(self, outcome: Answer | RealtimeError) -> None:
        """Tell it; from the second time on nothing happens."""
        told, self._told = self._told, None
        if told is None:
            return
        try:
            told(outcome)
        except Exception:
            logger.exception("whoever waited for a fact of kind %s could not be told", self.fact.kind)


class Ledger:
    """See the module.

    Args:
        deciders: by kind of fact.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        relay: Relay,
        deciders: Mapping[str, Decider],
        clock: Clock,
        limits: LedgerLimits | None = None,
    ) -> None:
        self._outbox = outbox
        self._relay = relay
        self._deciders = deciders
        self._clock = clock
        self.limits = limits or LedgerLimits()
        """May be replaced while it runs."""
        self.committed: Callable[[float], None] = _nobody_measures
        """Hears how many seconds each transaction took."""
        self._writing = Writing(database, outbox, deciders)
        self._pace = Pace()
        self._queue: list[Waiting] = []
        self._awake, self._rested = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Write what waits, then end."""
        task, self._task = self._task, None
        self._awake.set()
        self._rested.set()
        if task is not None:
            await task

    async def write(self, fact: Fact) -> Answer:
        """Have a fact written, and wait until it is durable.

        Raises:
            Refusal: its decider said no, or `key_conflict`.
            RealtimeError: `overloaded`, nothing is kept; `internal`, it cannot be written.
            DatabaseUnavailable: it may have been written; the same fact can be sent again.
        """
        return await self.submit(fact)

    def submit(self, fact: Fact) -> asyncio.Future[Answer]:
        """Queue a fact; its future gets what `write` returns or raises. For callers that wait for many at once."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.enter(fact, partial(_fulfil, answer), answer)
        return answer

    def enter(self, fact: Fact, told: Told, wanted: asyncio.Future[Answer] | None = None) -> None:
        """Queue a fact, for a caller that has thousands under way: the least that can be done for each.

        Args:
            told: called once with what `write` returns or raises.
            wanted: when this is done or cancelled before the fact's turn, the fact is not carried out.

        Raises:
            RealtimeError: it was not taken; `told` is not called.
        """
        if self._task is None:
            raise _stopping()
        if fact.kind not in self._deciders:
            raise Refusal(ErrorCode.INVALID_FIELD, "nothing of this kind can be kept here", field="kind")
        waiting = len(self._queue)
        if waiting >= self.limits.queue or self._pace.time_s(waiting) > self.limits.deadline_s:
            raise self._overloaded(waiting)
        self._queue.append(Waiting(fact, told, self._clock.monotonic_s(), wanted))
        self._awake.set()

    async def _run(self) -> None:
        while self._task is not None or self._queue:
            if not self._queue:
                self._awake.clear()
                await self._awake.wait()
                continue
            head, self._queue = self._queue[: self.limits.batch], self._queue[self.limits.batch :]
            batch = self._sort_out(head)
            started_s = self._clock.monotonic_s()
            try:
                await self._carry_out(batch)
                await self._rest(len(batch), self._clock.monotonic_s() - started_s)
            except asyncio.CancelledError:
                _refuse([*batch, *self._queue], _stopping())
                raise
            except Exception:
                logger.exception("a batch of %d facts failed", len(batch))
                _refuse(batch, _fault())

    async def _rest(self, written: int, took_s: float) -> None:
        """Let facts gather, unless half a batch is there."""
        rest_s = min(REST_MOST_S, took_s)
        if self._task is None or written < BUSY_FACTS or 2 * len(self._queue) >= self.limits.batch:
            return
        if rest_s >= REST_MIN_S:
            self._rested.clear()
            self._clock.call_later(rest_s, self._rested.set)
            await self._rested.wait()

    def _sort_out(self, head: Sequence[Waiting]) -> Sequence[Waiting]:
        """Those that are still wanted and not too late; the others are answered."""
        if self._relay.unsent > self.limits.unsent:
            _refuse(head, self._overloaded(len(self._queue)))
            return ()
        oldest_s = self._clock.monotonic_s() - self.limits.deadline_s
        late = [each for each in head if each.since_s < oldest_s]
        if late:
            _refuse(late, self._overloaded(len(self._queue)))
        kept = (each for each in head if each.since_s >= oldest_s)
        return [each for each in kept if each.wanted is None or not each.wanted.done()]

    async def _carry_out(self, batch: Sequence[Waiting], tries: int = LOCKED_TRIES) -> None:
        """Write a batch; halve it while something in it is at fault."""
        if not batch:
            return
        started_s = self._clock.monotonic_s()
        try:
            done = await self._writing.write([each.fact for each in batch], self._clock.now_ms())
        except DatabaseUnavailable as error:
            if error.reason == "locked" and tries > 1:
                await self._carry_out(batch, tries - 1)
            else:
                logger.warning("a batch of %d facts was not written: %s", len(batch), error.message)
                _refuse(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - a decider or a row is at fault; which one is found by halving
            await self._isolate(batch, tries, error)
            return
        took_s = self._clock.monotonic_s() - started_s
        self._pace.took(len(batch), took_s)
        self.committed(took_s)
        self._tell(batch, done)

    async def _isolate(self, batch: Sequence[Waiting], tries: int, error: Exception) -> None:
        if len(batch) > 1:
            half = len(batch) // 2
            await self._carry_out(batch[:half])
            await self._carry_out(batch[half:])
        elif tries > 1:
            # Another process may have written this key a moment ago; then it is found now.
            await self._carry_out(batch, tries - 1)
        else:
            logger.error("a fact of kind %s cannot be written", batch[0].fact.kind, exc_info=error)
            _refuse(batch, _fault())

    def _tell(self, batch: Sequence[Waiting], done: Batch) -> None:
        self._outbox.committed(done.written)
        for waiting, outcome in zip(batch, done.outcomes, strict=True):
            waiting.tell(outcome)

    def _overloaded(self, waiting: int) -> RealtimeError:
        retry_ms = max(200, min(10_000, round(self._pace.time_s(waiting) * 1000)))
        text = "more waits to be written than can be in time; try again"
        return RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=retry_ms)


def _nobody_measures(seconds: float) -> None:
    """The default of `committed`."""


def _refuse(batch: Sequence[Waiting], error: RealtimeError) -> None:
    for waiting in batch:
        waiting.tell(error)


def _fulfil(answer: asyncio.Future[Answer], outcome: Answer | RealtimeError) -> None:
    if answer.done():
        return
    if isinstance(outcome, Answer):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)


def _stopping() -> RealtimeError:
    text = "this server is stopping; try again with the same key"
    return RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=1000)


def _fault() -> RealtimeError:
    return RealtimeError(ErrorCode.INTERNAL, "this could not be kept; the server has a fault")
