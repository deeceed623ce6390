"""How a kind of fact plugs into the ledger: what to load for a batch, and a pure function that rules on it.

Promise: what a decider is given is locked for everybody else until the commit, so it may reckon with it; what it
gives is written completely or not at all. It may be asked again for the same facts, after a batch had to be halved.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger.facts import Fact
from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.outbox import Message

DocumentKey = tuple[str, str]
"""Kind and id."""
CounterKey = tuple[str, str]
"""Scope and name."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What is to be loaded for a batch of one kind.

    Args:
        counters: their scopes are locked like those of the facts.
        held: whether to count the facts of this kind that each subject has in the scope of its fact.
    """

    documents: frozenset[DocumentKey] = frozenset()
    counters: frozenset[CounterKey] = frozenset()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found. A document that does not exist is absent, a counter or count that does not is 0.

    Args:
        held: by scope and subject.
        own: what `Decider.load` gave.
    """

    documents: Mapping[DocumentKey, Document]
    counters: Mapping[CounterKey, int]
    held: Mapping[tuple[str, str], int]
    own: Any = None


class Verdict(NamedTuple):
    """A fact is answered. `answer`: JSON; `keep`: it is a fact now, and a repeat gets this answer."""

    answer: bytes
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What a batch comes to.

    Args:
        verdicts: one for each fact, in their order.
        counters: what to add to each.
        documents: with their new state and a version one above the one loaded, and why; several changes of one document
            follow each other.
        messages: what is to be told, in order.
        own: what `Decider.store` is given.
    """

    verdicts: Sequence[Verdict | Refusal]
    counters: Mapping[CounterKey, int] = field(default_factory=dict)
    documents: Sequence[tuple[Document, Cause]] = ()
    messages: Sequence[Message] = ()
    own: Any = None


class Decider(ABC):
    """One kind of fact. A subclass says what it needs and decides; one with tables of its own loads and stores them."""

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """What to load for these facts. Pure."""
        return Needs()

    @abstractmethod
    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Rule on the facts of a batch in their order. Pure: the same arguments give the same decision."""

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Any:
        """Read rows of tables of one's own, in as few statements as the batch allows."""
        return None

    async def store(self, connection: AsyncConnection, own: Any) -> None:
        """Write rows of tables of one's own; asked only when `Decision.own` is there."""
        raise TypeError(f"{type(self).__name__} decides on rows of its own but has no way to store them")
