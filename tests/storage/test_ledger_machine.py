"""The ledger against a naive model: whatever is sent, in whatever batches, with repeats, conflicts and restarts."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveroom.rooms.ledger import Answer, Fact, LedgerLimits
from liveroom.rooms.storage.database import Database
from tests.storage.desk import Desk, claim
from tests.support.clock import FakeClock
from tests.support.databases import lay_tables

STOCK = 4
CLAIMS = st.builds(
    claim,
    st.sampled_from(["u1", "u2", "u3", "u4", "u5", "u6"]),
    st.sampled_from(["k1", "k2"]),
    scope=st.sampled_from(["c1", "c2"]),
    price=st.integers(0, 1),
)
RUNS = st.lists(st.lists(CLAIMS, min_size=1, max_size=12), min_size=1, max_size=4)
"""Each inner list is sent at once; the process starts anew between them."""


class Model:
    """One fact after the other, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Fact, bytes]] = {}
        self.granted: dict[str, int] = {}

    def write(self, fact: Fact) -> str:
        """What has to be answered."""
        if fact.unique_key in self.kept:
            first, answer = self.kept[fact.unique_key]
            return f"again {answer.decode()}" if first.digest == fact.digest else "conflict"
        if any((kept.subject, kept.scope) == (fact.subject, fact.scope) for kept, _ in self.kept.values()):
            return '{"result":"already_claimed"}'
        if self.granted.get(fact.scope, 0) >= STOCK:
            return "sold out"
        self.granted[fact.scope] = self.granted.get(fact.scope, 0) + 1
        answer = orjson.dumps({"result": "granted", "number": self.granted[fact.scope]})
        self.kept[fact.unique_key] = (fact, answer)
        return answer.decode()


def describe(outcome: Any) -> str:
    """An outcome in the words of the model."""
    if isinstance(outcome, Answer):
        return f"again {outcome.data.decode()}" if outcome.duplicate else outcome.data.decode()
    return "conflict" if outcome.code == "key_conflict" else str(outcome)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS, batch=st.integers(1, 5))
def test_the_ledger_answers_like_a_naive_model(runs: list[list[Fact]], batch: int, tmp_path: Path) -> None:
    """Repeats inside one batch that were not kept are the one difference: they share the first's outcome."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
        asyncio.run(compare(runs, batch, f"sqlite:///{lay_tables(Path(directory))}"))


async def compare(runs: list[list[Fact]], batch: int, url: str) -> None:
    """Send the runs, each by a process of its own, and compare each answer."""
    model = Model()
    database = Database(url)
    try:
        for run in runs:
            facts = drop_repeats(run)
            desk = await Desk(database, FakeClock(), stock=STOCK, limits=LedgerLimits(batch=batch)).start()
            outcomes = await desk.claim_all(facts)
            await desk.stop()
            assert [describe(outcome) for outcome in outcomes] == [model.write(fact) for fact in facts]
    finally:
        await database.close()


def drop_repeats(run: list[Fact]) -> list[Fact]:
    """One fact for each key: what equal keys in one batch share is tested by itself."""
    return list({fact.unique_key: fact for fact in run}.values())


@pytest.mark.parametrize("batch", [1, 256])
async def test_repeats_in_one_moment_take_effect_once(sqlite_desk: Desk, batch: int) -> None:
    """Whether they share a batch or not."""
    desk = await Desk(sqlite_desk.database, sqlite_desk.clock, limits=LedgerLimits(batch=batch)).start()
    outcomes = await desk.claim_all([claim(f"u{n % 5}") for n in range(40)])
    await desk.stop()
    assert sum(not outcome.duplicate for outcome in outcomes if isinstance(outcome, Answer)) == 5
    assert len({outcome.data for outcome in outcomes if isinstance(outcome, Answer)}) == 5
