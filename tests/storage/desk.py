"""One process's storage around a database, with senders that note what they are given, and a decider for coupons."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

import orjson

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer, Decider, Decision, Fact, Ledger, LedgerLimits, Loaded, Needs, Verdict
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.outbox import Lane, Message, Outbox, OutboxRow
from liveroom.rooms.storage.relay import Relay
from liveroom.rooms.storage.rooms import SqlRoomStore

AT_MS = 1_790_000_000_000
_writers = itertools.count(1)


class Coupons(Decider):
    """`claim`: a stock of coupons, one for each subject; tells the room what is left."""

    def __init__(self, stock: int) -> None:
        self.stock = stock
        self.batches: list[int] = []

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """How many are granted, and whether each has one."""
        return Needs(counters=frozenset((fact.scope, "granted") for fact in facts), held=True)

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Grant in order while there is stock."""
        self.batches.append(len(facts))
        granted = dict(loaded.counters)
        held = dict(loaded.held)
        verdicts: list[Verdict | Refusal] = []
        for fact in facts:
            body = orjson.loads(fact.body)
            if body.get("poison"):
                raise ZeroDivisionError("a decider with a fault")
            counter, holder = (fact.scope, "granted"), (fact.scope, fact.subject)
            if held[holder]:
                verdicts.append(Verdict(b'{"result":"already_claimed"}', keep=False))
            elif granted[counter] >= self.stock:
                verdicts.append(Refusal(ErrorCode.WRONG_STATE, "sold out", state="exhausted"))
            else:
                granted[counter] += 1
                held[holder] += 1
                verdicts.append(Verdict(orjson.dumps({"result": "granted", "number": granted[counter]})))
        changes = {key: value - loaded.counters[key] for key, value in granted.items()}
        told = [
            Message(Lane("events", facts[0].room), orjson.dumps({"scope": scope, "granted": granted[(scope, name)]}))
            for (scope, name), change in changes.items()
            if change
        ]
        return Decision(verdicts, counters=changes, messages=told)


class Sent:
    """A sender that notes what it is given, and fails as often as it is told."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._more = asyncio.Event()

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """See `Send`."""
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("nobody there")
        self.rows.extend(rows)
        self._more.set()

    async def wait_for(self, done: Callable[[Sequence[OutboxRow]], bool]) -> Sequence[OutboxRow]:
        """Wait until what was sent fulfils a condition."""
        async with asyncio.timeout(60):
            while not done(self.rows):
                self._more.clear()
                await self._more.wait()
        return self.rows


class Desk:
    """See the module."""

    def __init__(
        self, database: Database, clock: Clock, *, stock: int = 10**9, limits: LedgerLimits | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.sent = Sent()
        self.coupons = Coupons(stock)
        self.outbox = Outbox(database, f"writer-{next(_writers)}")
        self.relay = Relay(self.outbox, {"events": self.sent}, clock, lambda: 0.5)
        self.documents = Documents(database, self.outbox, clock)
        self.rooms = SqlRoomStore(database, self.documents, self.outbox)
        self.ledger = Ledger(database, self.outbox, self.relay, {"claim": self.coupons}, clock, limits)

    async def start(self) -> Desk:
        """Begin to write and to send."""
        await self.relay.start()
        self.ledger.start()
        return self

    async def stop(self) -> None:
        """End; nothing is sent that is not on its way."""
        await self.ledger.stop()
        await self.relay.stop()

    async def claim_all(self, facts: Sequence[Fact]) -> Sequence[Answer | BaseException]:
        """Write many facts at once."""
        return await asyncio.gather(*(self.ledger.write(fact) for fact in facts), return_exceptions=True)


def claim(subject: str, key: str = "k1", *, scope: str = "c1", room: str = "r1", **body: object) -> Fact:
    """A claim of a coupon."""
    return Fact("claim", room, scope, subject, key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS), AT_MS)
