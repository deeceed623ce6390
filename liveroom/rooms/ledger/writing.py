"""One group commit: the SQL of a batch of facts, from its locks to its outbox rows.

Promise: either everything a batch comes to is committed, or an exception says that nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import Refusal, key_conflict
from liveroom.rooms.ledger.decider import Decider, Decision, Needs, Verdict
from liveroom.rooms.ledger.facts import Answer, Fact
from liveroom.rooms.ledger.loading import Loading
from liveroom.rooms.storage.bulk import BulkInsert
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import store_change
from liveroom.rooms.storage.outbox import Message, Outbox, Written
from liveroom.rooms.storage.portable import among, insert_into, lock_scopes
from liveroom.rooms.storage.tables import counters, facts

Outcome = Answer | Refusal
Known = Mapping[str, tuple[bytes, str]]
"""Digest and answer of facts that were written before, by key."""


FACT_COLUMNS = ("kind", "room", "scope", "subject", "key", "payload", "answer", "at_ms", "digest")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a group commit came to: one outcome for each fact, and rows to be sent."""

    outcomes: Sequence[Outcome]
    written: Written


class Writing:
    """See the module.

    Args:
        deciders: by kind.
    """

    def __init__(self, database: Database, outbox: Outbox, deciders: Mapping[str, Decider]) -> None:
        self._database = database
        self._outbox = outbox
        self._deciders = deciders
        self._loading = Loading(database.dialect)
        dialect = database.dialect
        self._known = select(facts.c.key, facts.c.digest, facts.c.answer).where(among(facts.c.key, "keys", dialect))
        self._insert = BulkInsert(facts, FACT_COLUMNS, dialect)
        add = insert_into(counters, dialect)
        self._add = add.on_conflict_do_update(
            index_elements=["scope", "name"], set_={"value": counters.c.value + add.excluded.value}
        )

    async def write(self, batch: Sequence[Fact], now_ms: int) -> Batch:
        """Write a batch in one transaction.

        Raises:
            DatabaseUnavailable: nothing is known to be written.
            Exception: a fact or its decider is at fault; nothing is written.
        """
        firsts: dict[str, Fact] = {}
        for fact in batch:
            firsts.setdefault(fact.unique_key, fact)
        kinds = _by_kind(firsts.values())
        needs = {kind: self._deciders[kind].needs(each) for kind, each in kinds.items()}
        outcomes: dict[str, Outcome] = {}
        messages: list[Message] = []
        async with self._database.write() as connection:
            await lock_scopes(connection, _scopes(batch, needs.values()), self._database.dialect)
            known = await self._find_known(connection, list(firsts))
            for kind, each in kinds.items():
                fresh = [fact for fact in each if fact.unique_key not in known] if known else each
                if fresh:
                    decision = await self._settle(connection, kind, fresh, needs[kind], now_ms)
                    outcomes.update(_outcomes(fresh, decision))
                    messages.extend(decision.messages)
            written = await self._outbox.write(connection, messages, now_ms)
        return Batch(_answers(batch, firsts, known, outcomes), written)

    async def _find_known(self, connection: AsyncConnection, keys: list[str]) -> Known:
        rows = await connection.execute(self._known, {"keys": keys})
        return {key: (bytes(digest), answer) for key, digest, answer in rows}

    async def _settle(
        self, connection: AsyncConnection, kind: str, fresh: Sequence[Fact], needs: Needs, now_ms: int
    ) -> Decision:
        decider = self._deciders[kind]
        loaded = await self._loading.load(connection, decider, kind, fresh, needs)
        decision = decider.decide(fresh, loaded, now_ms)
        ruled = zip(fresh, decision.verdicts, strict=True)
        rows = [_row(fact, verdict) for fact, verdict in ruled if _keeps(verdict)]
        if rows:
            await self._insert.write(connection, rows)
        added = sorted((key, change) for key, change in decision.counters.items() if change)
        if added:
            values = [{"scope": scope, "name": name, "value": change} for (scope, name), change in added]
            await connection.execute(self._add, values)
        for document, cause in decision.documents:
            await store_change(connection, replace(document, updated_at_ms=now_ms), cause)
        if decision.own is not None:
            await decider.store(connection, decision.own)
        return decision


def _by_kind(batch: Iterable[Fact]) -> dict[str, list[Fact]]:
    kinds: dict[str, list[Fact]] = {}
    for fact in batch:
        kinds.setdefault(fact.kind, []).append(fact)
    return kinds


def _scopes(batch: Iterable[Fact], needs: Iterable[Needs]) -> set[str]:
    return {fact.scope for fact in batch} | {scope for each in needs for scope, _ in each.counters}


def _keeps(verdict: Verdict | Refusal) -> TypeGuard[Verdict]:
    return isinstance(verdict, Verdict) and verdict.keep


def _row(fact: Fact, verdict: Verdict) -> tuple[object, ...]:
    payload, answer = fact.body.decode(), verdict.answer.decode()
    return fact.kind, fact.room, fact.scope, fact.subject, fact.unique_key, payload, answer, fact.at_ms, fact.digest


def _outcomes(fresh: Sequence[Fact], decision: Decision) -> Iterator[tuple[str, Outcome]]:
    for fact, verdict in zip(fresh, decision.verdicts, strict=True):
        yield fact.unique_key, Answer(verdict.answer) if isinstance(verdict, Verdict) else verdict


def _answers(
    batch: Sequence[Fact], firsts: Mapping[str, Fact], known: Known, outcomes: Mapping[str, Outcome]
) -> Sequence[Outcome]:
    """In the order of the batch; the first of a key gets the outcome, its repeats get it as such."""
    if not known and len(firsts) == len(batch):
        return [outcomes[key] for key in firsts]
    told: set[str] = set()
    answers: list[Outcome] = []
    for fact in batch:
        key = fact.unique_key
        if key in known:
            digest, data = known[key]
            outcome: Outcome = Answer(data.encode(), duplicate=True)
            is_same = digest == fact.digest
        else:
            first, outcome = firsts[key], outcomes[key]
            is_same = fact is first or first.digest == fact.digest
            if key in told and isinstance(outcome, Answer):
                outcome = outcome._replace(duplicate=True)
        answers.append(outcome if is_same else key_conflict())
        told.add(key)
    return answers
