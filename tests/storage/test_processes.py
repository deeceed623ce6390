"""kill -9 and two processes on one database: what was answered is there, once, and everything committed is told.

More rounds, or other moments: `CRASH_ROUNDS=50 CRASH_SEED=7 make test T=tests/storage/test_processes.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.rooms.ledger import Answer
from liveroom.rooms.storage.database import Database
from tests.storage.desk import Desk, claim
from tests.support.clock import FakeClock

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
WORKER = Path(__file__).with_name("claim_worker.py")
ROOT = WORKER.parent.parent.parent
ENOUGH = 10**9
SCOPES = ("c0", "c1")


@dataclass
class Said:
    """What a worker said before it ended: answers by subject and key, rows by id."""

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    sent: list[tuple[int, str, int]] = field(default_factory=list)
    is_done: bool = False

    def read(self, line: bytes) -> None:
        """One line; the last one may be cut."""
        words = line.decode().rstrip("\n").split(" ", 3)
        if words[0] == "answered":
            self.answers[(words[1], words[2])] = words[3]
        elif words[0] == "refused":
            self.refusals.append(words[3])
        elif words[0] == "sent":
            self.sent.append((int(words[1]), words[2], int(words[3])))
        elif words[0] == "done":
            self.is_done = True


def start_worker(url: str, name: str, count: int, stock: int, subjects: int, first: int = 0) -> subprocess.Popen[bytes]:
    """Start one; it waits for a line before it begins."""
    command = [sys.executable, str(WORKER), url, name, *map(str, (count, stock, subjects, first))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT)


def kill_after(process: subprocess.Popen[bytes], answers: int) -> Said:
    """Read until it has answered so often, kill it, and read what it had still said."""
    assert process.stdin is not None
    assert process.stdout is not None
    said = Said()
    process.stdin.write(b"go\n")
    process.stdin.close()
    for line in process.stdout:
        said.read(line)
        if len(said.answers) == answers:
            process.kill()
    process.stdout.close()
    process.wait()
    return said


async def read_all(database: Database, statement: str, **values: str) -> Sequence[Any]:
    """Rows of a statement."""
    async with database.read() as connection:
        return (await connection.execute(text(statement), values)).all()


async def check(url: str, said: Said) -> None:
    """Nothing that was answered is missing, nothing is doubled, the sums are right, and all is told in order."""
    database = Database(url)
    kept = {tuple(key.split("\n")): answer for key, answer in await read_all(database, "SELECT key, answer FROM facts")}
    assert said.answers.items() <= kept.items()
    for scope in SCOPES:
        answers = await read_all(database, "SELECT answer FROM facts WHERE scope = :scope", scope=scope)
        numbers = sorted(orjson.loads(answer)["number"] for (answer,) in answers)
        assert numbers == list(range(1, len(numbers) + 1))
        ((granted,),) = await read_all(database, "SELECT value FROM counters WHERE scope = :scope", scope=scope)
        assert granted == len(numbers)
    marked = {number for (number,) in await read_all(database, "SELECT id FROM outbox WHERE sent_at_ms IS NOT NULL")}
    assert marked <= {number for number, _, _ in said.sent}
    await tell_rest(database, said)
    await repeat_some(database, said)
    await database.close()


async def tell_rest(database: Database, said: Said) -> None:
    """The next process sends what was left; then everything was sent, and each scope only grew."""
    said.sent += await tell_left(database)
    assert {number for (number,) in await read_all(database, "SELECT id FROM outbox")} == {
        number for number, _, _ in said.sent
    }
    first_seen = {number: (scope, granted) for number, scope, granted in reversed(said.sent)}
    order = dict.fromkeys(number for number, _, _ in said.sent)
    for scope in SCOPES:
        totals = [first_seen[number][1] for number in order if first_seen[number][0] == scope]
        assert totals == sorted(totals)


async def tell_left(database: Database) -> list[tuple[int, str, int]]:
    """What a process that starts now sends; as `Said.sent`."""
    clock = FakeClock(2_000_000_000_000)
    next_one = await Desk(database, clock).start()
    await next_one.relay.drain()
    await next_one.stop()
    told = [(row.id, orjson.loads(row.payload)) for row in next_one.sent.rows]
    return [(number, payload["scope"], payload["granted"]) for number, payload in told]


async def repeat_some(database: Database, said: Said) -> None:
    """A key that was answered before the crash gets the same answer after it."""
    desk = await Desk(database, FakeClock()).start()
    some = list(said.answers.items())[:20]
    facts = [claim(subject, key, scope=f"c{int(key.rsplit('-', 1)[1]) % 2}") for (subject, key), _ in some]
    answers = await desk.claim_all(facts)
    assert answers == [Answer(answer.encode(), duplicate=True) for _, answer in some]
    await desk.stop()


def test_a_kill_at_any_moment_loses_and_doubles_nothing(url: str) -> None:
    """Round after round on the same database, killed at moments drawn from the seed."""
    chance = random.Random(SEED)
    said = Said()
    for number in range(ROUNDS):
        one = kill_after(start_worker(url, f"w{number}", 20_000, ENOUGH, 0), chance.randint(1, 1500))
        assert not one.is_done
        assert one.answers
        said.answers |= one.answers
        said.sent += one.sent
        asyncio.run(check(url, said))


def test_two_processes_share_one_stock(url: str) -> None:
    """Each subject gets one of each kind at most, the stock is given out to the last, and never more.

    Both have to give some out, however little time one of them gets: alone, neither has subjects for all of the stock.
    """
    stock, subjects, apart, count = 900, 1_600, 400, 4_000
    assert subjects < stock * len(SCOPES) < subjects + apart
    workers = [start_worker(url, name, count, stock, subjects, first) for name, first in (("a", 0), ("b", apart))]
    assert [worker.stdout.readline() for worker in workers if worker.stdout] == [b"ready\n", b"ready\n"]
    with ThreadPoolExecutor(2) as threads:
        outputs = list(threads.map(lambda worker: worker.communicate(b"go\n")[0], workers))
    all_said = [read_to_the_end(output) for output in outputs]
    for said in all_said:
        assert len(said.answers) + len(said.refusals) == count
        assert set(said.refusals) <= {"wrong_state"}
    granted = [
        (subject, orjson.loads(answer)["number"])
        for said in all_said
        for (subject, _), answer in said.answers.items()
        if "granted" in answer
    ]
    assert len(granted) == stock * len(SCOPES)
    assert len({subject for subject, _ in granted}) == len(granted)
    assert all(any("granted" in answer for answer in said.answers.values()) for said in all_said)
    rows = {number for said in all_said for number, _, _ in said.sent}
    asyncio.run(check_told(url, rows))


def read_to_the_end(output: bytes) -> Said:
    """What a worker said that ended by itself."""
    said = Said()
    for line in output.splitlines():
        said.read(line)
    assert said.is_done
    return said


async def check_told(url: str, told: set[int]) -> None:
    """All rows were told; those whose writer was not answered by the database, by whoever starts next."""
    database = Database(url)
    try:
        marked = await read_all(database, "SELECT id FROM outbox WHERE sent_at_ms IS NOT NULL")
        assert {number for (number,) in marked} <= told
        left = {number for number, _, _ in await tell_left(database)}
        assert told | left == {number for (number,) in await read_all(database, "SELECT id FROM outbox")}
    finally:
        await database.close()
