"""What an interaction brings so that it can be kept, timed and told: its pure rule and a few words about its state.

Promise asked of a rule: the same state, command and time give the same step; it waits for nothing and tells nobody.
A pair of state and command that is not in its table is a `Refusal`. A step that changes nothing gives the same state
object, and is then neither stored nor told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import Model
from liveroom.rooms.boards import Entries
from liveroom.rooms.storage.claims import NO_CLAIMS, Claim
from liveroom.rooms.storage.outbox import Message

S = TypeVar("S")


class Elapse(NamedTuple):
    """The command of the clock: something is due. A rule that finds nothing due changes nothing."""


class ForRoom(NamedTuple):
    """An event for everybody in a room."""

    room: str
    event: Model


class ForSome(NamedTuple):
    """A private push; whoever was away finds the same in the `me` part of the next join."""

    room: str
    target: Target
    event: Model


class ForServers(NamedTuple):
    """A webhook event (`webhook_events.WEBHOOK_EVENTS`)."""

    room: str
    type_: str
    data: Mapping[str, object]


class ForTotals(NamedTuple):
    """Entries of a board (`boards.total_message`), told with the state that they belong to."""

    room: str
    kind: str
    field: str
    entries: Entries


Told = ForRoom | ForSome | ForServers | ForTotals | Message


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """What a command comes to.

    Args:
        state: the new one, or the same object.
        told: in order. All but private pushes is kept with the state; those are sent after the commit.
    """

    state: S
    told: Sequence[Told] = ()


Reader = Callable[[AsyncConnection], Awaitable[Any]]
"""Reads facts and counters in the transaction that changes the document, and gives the command with what it found.
The document is locked by then: a decider that looks at it sees it as it was, or as it will be."""


def reads_nothing(state: Any, command: Any, now_ms: int) -> Reader | None:
    """The default of `Machine.reads`."""
    return None


def _claim_nothing(state: object) -> frozenset[Claim]:
    return NO_CLAIMS


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """One kind of interaction.

    Args:
        kind: of its documents.
        states: reads and writes the state as JSON.
        apply: the rule; the state is None for the command that makes a document. Raises `Refusal`.
        due: when the clock has something to say about a state, in epoch ms; None: never.
        room: of a state; the one that its document is listed under.
        reads: how to read what a command has to know of facts (the votes that close a poll); None: nothing. Asked
            again when the state was another than it seemed.
        claims: what a state claims, so that no other document can have it (`storage/claims.py`).
    """

    kind: str
    states: TypeAdapter[S]
    apply: Callable[[S | None, Any, int], Step[S]]
    due: Callable[[S], int | None]
    room: Callable[[S], str]
    reads: Callable[[S, Any, int], Reader | None] = reads_nothing
    claims: Callable[[S], frozenset[Claim]] = _claim_nothing
