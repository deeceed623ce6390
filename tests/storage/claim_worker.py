"""A process that claims coupons until it is killed, for the crash tests and for two processes on one database.

`claim_worker.py URL NAME COUNT STOCK SUBJECTS FIRST`: says `ready`, waits for a line, and claims `COUNT` times, 100 at
once, for `SUBJECTS` names from number `FIRST` on, which other workers may have too; with 0, each claim has a subject of
its own. Says on standard output, one line each, unbuffered: `sent ID SCOPE GRANTED` before a row counts as sent, and
`answered SUBJECT KEY ANSWER` or `refused SUBJECT KEY CODE` after an answer. What could not be written now, because the
other one has the database or the machine, is claimed again with the same key, as clients do.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Sequence

import orjson

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.ledger import Answer, Fact, LedgerLimits
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import OutboxRow
from tests.storage.desk import Desk, claim

AT_ONCE = 100


def say(*words: object) -> None:
    """One line, which is out when this returns: a kill loses nothing that was said."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


class Speaker(Desk):
    """A desk whose sender says what it sends."""

    async def tell(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """See `Send`."""
        for row in rows:
            told = orjson.loads(row.payload)
            say("sent", row.id, told["scope"], told["granted"])


async def claim_until_decided(desk: Desk, fact: Fact) -> Answer:
    """Claim, again when that can help."""
    while True:
        try:
            return await desk.ledger.write(fact)
        except RealtimeError as error:
            if not error.retryable:
                raise
            await asyncio.sleep((error.retry_after_ms or 0) / 1000)


async def work(url: str, name: str, count: int, stock: int, subjects: int, first: int) -> None:
    """Claim, then end in order."""
    database = Database(url)
    # Small where they compete, so that the quicker one does not have everything before the other gets a turn.
    desk = Speaker(database, LoopClock(), stock=stock, limits=LedgerLimits(batch=24 if subjects else 64))
    desk.relay._senders = {"events": desk.tell}
    await desk.start()
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    numbers = iter(random.Random(name).sample(range(count), count))

    async def claim_in_turn() -> None:
        for number in numbers:
            subject = f"u{first + number % subjects}" if subjects else f"{name}-{number}"
            fact = claim(subject, f"{name}-{number}", scope=f"c{number % 2}")
            try:
                answer = await claim_until_decided(desk, fact)
            except RealtimeError as error:
                say("refused", subject, fact.key, error.code)
            else:
                say("answered", subject, fact.key, answer.data.decode())

    await asyncio.gather(*(claim_in_turn() for _ in range(AT_ONCE)))
    await desk.relay.drain()
    await desk.stop()
    await database.close()
    say("done")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:7])))
