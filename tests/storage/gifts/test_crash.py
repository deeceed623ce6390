"""kill -9 while gifts rain: every answered gift is there once, every combo is settled once, and money agrees.

More rounds, or other moments: `CRASH_ROUNDS=20 CRASH_SEED=7 make test T=tests/storage/gifts/test_crash.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.realtime.clock import LoopClock
from liveroom.rooms.rules.charges import ChargeState
from liveroom.rooms.storage.combos import find_next_due
from tests.storage.gifts.stall import ROOM, Stall
from tests.storage.gifts.till import running_till

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
WORKER = Path(__file__).with_name("gift_worker.py")
ROOT = WORKER.parents[3]
PATIENCE_S = 60


def kill_after(url: str, name: str, billing_url: str, answers: int) -> dict[tuple[str, str], Any]:
    """Let a process give until it has answered so often, and kill it; what it has answered, by user and key."""
    command = [sys.executable, str(WORKER), url, name, billing_url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT)
    assert process.stdout is not None
    said: dict[tuple[str, str], Any] = {}
    for line in process.stdout:
        if line.endswith(b"\n"):
            _, user, key, answer = line.decode().rstrip("\n").split(" ", 3)
            said[(user, key)] = orjson.loads(answer)
        if len(said) == answers:
            process.kill()
    process.stdout.close()
    process.wait()
    return said


async def read_all(stall: Stall, statement: str) -> Sequence[Any]:
    """Rows of a statement."""
    async with stall.database.read() as connection:
        return (await connection.execute(text(statement))).all()


async def wait_until(stall: Stall, done: Callable[[], Any]) -> None:
    """Wait for what a condition, asked again and again, says."""
    async with asyncio.timeout(PATIENCE_S):
        while not await done():
            await stall.settle()
            await asyncio.sleep(0.02)


async def check(url: str, said: dict[tuple[str, str], Any]) -> None:
    """The next process closes what was left; then the books agree."""
    heir = await Stall(url, LoopClock()).start()

    async def all_closed() -> bool:
        return await find_next_due(heir.database) is None

    await wait_until(heir, all_closed)
    await heir.relay.drain()
    facts = await read_all(heir, "SELECT key, answer FROM facts WHERE kind = 'gift.send'")
    kept = {tuple(key.split("\n")): orjson.loads(answer) for key, answer in facts}
    assert {at: answer for at, answer in said.items() if answer["outcome"] == "sent"}.items() <= kept.items()
    given = Counter[str]()
    for (user, _), answer in kept.items():
        given[user] += answer.get("amount", 0)
    sums = await read_all(heir, "SELECT user_id, amount FROM gift_sums WHERE show = ''")
    assert {user: amount for user, amount in given.items() if amount} == dict(map(tuple, sums))
    combos = await read_all(heir, "SELECT user_id, amount, settlement_id FROM gift_combos")
    assert len({settlement for _, _, settlement in combos}) == len(combos)
    settled = Counter[str]()
    for user, amount, _ in combos:
        settled[user] += amount
    assert settled == +given
    unsent = await read_all(heir, "SELECT lane, count(*) FROM outbox WHERE sent_at_ms IS NULL GROUP BY lane")
    assert not unsent
    (at, answer), *_ = said.items()
    again = await heir.send(at[0], *_what(at[1]), key=at[1])
    assert (orjson.loads(again.data), again.duplicate) == (answer, True)
    await heir.stop()


def _what(key: str) -> tuple[str, int]:
    number = int(key.rsplit("-", 1)[1])
    return ("ship" if number % 7 == 0 else "spark"), number % 3 + 1


def test_a_kill_at_any_moment_loses_and_doubles_no_gift(url: str) -> None:
    """Round after round on the same database, killed at moments drawn from the seed."""
    chance = random.Random(SEED)
    said: dict[tuple[str, str], Any] = {}
    for number in range(ROUNDS):
        said |= kill_after(url, f"w{number}", "-", chance.randint(1, 1_500))
        asyncio.run(check(url, said))


async def test_after_a_kill_money_and_gifts_agree(url: str) -> None:
    """The till stands on its own; it was asked for gifts that nobody got, and hears of each."""
    async with running_till() as till:
        said = await asyncio.to_thread(kill_after, url, "w", till.url, random.Random(SEED).randint(50, 300))
        assert said
        heir = await Stall(url, LoopClock(), billing_url=till.url).start()

        async def is_finished() -> bool:
            open_ = [await heir.charges.list(state, None, 1) for state in (ChargeState.PENDING, ChargeState.VOIDING)]
            return not any(open_)

        await wait_until(heir, is_finished)
        given = await heir.ranks.standing(ROOM, "")
        assert given.amount == sum(till.kept.values())
        assert given.amount >= sum(answer["amount"] for answer in said.values() if answer["outcome"] == "sent")
        await heir.stop()
