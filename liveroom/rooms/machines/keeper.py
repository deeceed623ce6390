"""Carries out commands on documents: load → rule → compare-and-set with everything that is to be told → tell.

Promise: commands on one document take effect one after the other, also over processes; what a command changed and what
is told of it are committed together. A lost race is tried anew from what is there now, at most `TRIES` times, then it
is refused as retryable. Documents last used are kept in memory, at most `KEPT`; a stale one only costs a try: no answer
is made from it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.backplane.base import Backplane, Event
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_event
from liveroom.rooms.boards import total_message
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.errors import DocumentUnreadable, Refusal
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForSome, ForTotals, Machine, Step
from liveroom.rooms.storage.claims import follow_claims
from liveroom.rooms.storage.documents import Cause, Document, Documents, Settled
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.places import Places
from liveroom.rooms.webhook_events import webhook_message

logger = logging.getLogger(__name__)

S = TypeVar("S")

TRIES = 8
KEPT = 10_000
MAX_WAITING = 1_000
"""Commands of this process that wait for one document; above, they are refused with `overloaded`."""
SEND_S = 1.0
Changed = Callable[[str, str, Any], None]
"""Called after a commit with the kind, the id and the new state."""


class _Turn:
    """Whose turn it is at one document, and how many wait for it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


class Keeper:
    """See the module."""

    def __init__(
        self, documents: Documents, backplane: Backplane, clock: Clock, machines: Iterable[Machine[Any]] = ()
    ) -> None:
        self.machines: dict[str, Machine[Any]] = {}
        self.take_up(machines)
        self._documents = documents
        self._backplane = backplane
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], Document] = OrderedDict()
        self._turns: dict[tuple[str, str], _Turn] = {}
        self._observers: list[Changed] = []

    def take_up(self, machines: Iterable[Machine[Any]]) -> None:
        """Keep documents of these kinds, too."""
        self.machines |= {machine.kind: machine for machine in machines}

    def observe(self, changed: Changed) -> None:
        """Have a function called after every commit of this process; it must not raise."""
        self._observers.append(changed)

    async def load(self, machine: Machine[S], document_id: str) -> S | None:
        """The state as it is in the database.

        Raises:
            DocumentUnreadable: it was written by another version.
        """
        document = await self._documents.load(machine.kind, document_id)
        if document is None:
            return None
        self._keep(document)
        return read_state(machine, document)

    async def create(
        self, machine: Machine[S], document_id: str, command: object, cause: Cause, places: Places | None = None
    ) -> S:
        """Make a document.

        Raises:
            Refusal: of its rule; of `places`, it is one too many; `wrong_state` when there is one of this id, or
                (`Claimed`) another one has what it claims.
        """
        async with self._turn((machine.kind, document_id)):
            step = machine.apply(None, command, self._clock.now_ms())
            document = self._document(machine, document_id, step.state, 1)
            messages, claims = _messages(step, self._clock.now_ms()), machine.claims(step.state)
            if not await self._documents.create(document, cause, messages, claims, places):
                text = f"there is a {machine.kind} of this id already"
                raise Refusal(ErrorCode.WRONG_STATE, text, id=document_id, state="exists")
        await self._after(machine, document, step)
        return step.state

    async def carry_out(self, machine: Machine[S], document_id: str, command: object, cause: Cause) -> S:
        """Apply a command to a document.

        Returns:
            Its state afterwards.

        Raises:
            Refusal: of its rule; `not_found`; `unavailable` when all tries were lost to others; `Claimed`.
            RealtimeError: `overloaded`.
        """
        async with self._turn((machine.kind, document_id)):
            document, step = await self._change(machine, document_id, command, cause)
        if document is not None:
            await self._after(machine, document, step)
        return step.state

    async def _change(
        self, machine: Machine[S], document_id: str, command: object, cause: Cause
    ) -> tuple[Document | None, Step[S]]:
        before = self._kept.get((machine.kind, document_id))
        for _ in range(TRIES):
            if before is None:
                before = await self._documents.load(machine.kind, document_id)
            if before is None:
                raise Refusal(ErrorCode.NOT_FOUND, f"there is no {machine.kind} of this id", id=document_id)
            state = read_state(machine, before)
            now_ms = self._clock.now_ms()
            if machine.reads(state, command, now_ms) is not None:
                return await self._settle(machine, document_id, command, cause)
            # What is in memory may be behind another process; that nothing is to be done, or that it is refused, is
            # only final on what is stored.
            try:
                step = machine.apply(state, command, now_ms)
            except Refusal:
                current = await self._newer(before)
                if current is None:
                    raise
                before = current
                continue
            if step.state is state:
                current = await self._newer(before)
                if current is None:
                    return None, step
                before = current
                continue
            after = self._document(machine, document_id, step.state, before.version + 1)
            claims = machine.claims(state), machine.claims(step.state)
            if await self._documents.save(after, before.version, cause, _messages(step, now_ms), claims):
                return after, step
            self._kept.pop((machine.kind, document_id), None)
            before = None
        text = f"the {machine.kind} is being changed by others; try again"
        raise Refusal(ErrorCode.UNAVAILABLE, text, id=document_id)

    async def _newer(self, known: Document) -> Document | None:
        """The document as it is stored, when it has been changed elsewhere."""
        current = await self._documents.load(known.kind, known.id)
        if current is None or current.version == known.version:
            return None
        self._keep(current)
        return current

    async def _settle(
        self, machine: Machine[S], document_id: str, command: object, cause: Cause
    ) -> tuple[Document | None, Step[S]]:
        """Apply a command that has to know facts, in the transaction that reads them."""
        steps: list[Step[S]] = []
        changed = False

        async def rule(connection: AsyncConnection, before: Document) -> Settled | None:
            nonlocal changed
            state, now_ms = read_state(machine, before), self._clock.now_ms()
            read = machine.reads(state, command, now_ms)
            step = machine.apply(state, command if read is None else await read(connection), now_ms)
            steps.append(step)
            changed = step.state is not state
            if not changed:
                return None
            await follow_claims(connection, document_id, machine.claims(state), machine.claims(step.state), now_ms)
            return self._document(machine, document_id, step.state, before.version + 1), _messages(step, now_ms)

        document = await self._documents.settle(machine.kind, document_id, cause, rule)
        self._keep(document)
        return document if changed else None, steps[-1]

    async def _after(self, machine: Machine[S], document: Document, step: Step[S]) -> None:
        self._keep(document)
        for changed in self._observers:
            changed(machine.kind, document.id, step.state)
        now_ms = self._clock.now_ms()
        try:
            async with asyncio.timeout(SEND_S):
                for each in step.told:
                    if isinstance(each, ForSome):
                        await self._backplane.send_private(each.room, each.target, _encode(each.event, now_ms).payload)
        except (TimeoutError, RealtimeError) as error:
            # They are in the `me` part of the next join.
            logger.warning("private pushes of a %s were not sent: %s", machine.kind, type(error).__name__)

    def _document(self, machine: Machine[S], document_id: str, state: S, version: int) -> Document:
        stored = machine.states.dump_python(state, mode="json")
        return Document(machine.kind, document_id, machine.room(state), stored, version, 0, machine.due(state))

    def _keep(self, document: Document) -> None:
        key = (document.kind, document.id)
        known = self._kept.pop(key, None)
        # A load that was slower than a change must not put the older one back.
        self._kept[key] = document if known is None or known.version <= document.version else known
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    @asynccontextmanager
    async def _turn(self, key: tuple[str, str]) -> AsyncIterator[None]:
        turn = self._turns.setdefault(key, _Turn())
        if turn.waiting >= MAX_WAITING:
            text = "more is wanted of this at once than can be done; try again"
            raise RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=500)
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._turns.pop(key, None)


def read_state(machine: Machine[S], document: Document) -> S:
    """The state of a document.

    Raises:
        DocumentUnreadable: it was written by another version.
    """
    try:
        return machine.states.validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(machine.kind, document.id) from None


def _messages(step: Step[S], now_ms: int) -> Sequence[Message]:
    """One message for each room, with its events together and in order; then totals, webhooks and the rest."""
    by_room: dict[str, list[Event]] = {}
    for each in step.told:
        if isinstance(each, ForRoom):
            by_room.setdefault(each.room, []).append(_encode(each.event, now_ms))
    webhooks = [webhook_message(*each) for each in step.told if isinstance(each, ForServers)]
    totals = [total_message(*each) for each in step.told if isinstance(each, ForTotals)]
    others = [each for each in step.told if isinstance(each, Message)]
    return [*(room_message(room, events) for room, events in by_room.items()), *totals, *webhooks, *others]


def _encode(event: Model, now_ms: int) -> Event:
    declared = catalogue.kinds_by_model[type(event)]
    return Event(declared.kind, encode_event(declared.kind, now_ms, event), declared.vital)
