"""Entries by comment (R38): who says the keyword of a lottery has entered, and is told so.

Promise: a comment is answered without waiting for this. An entry that the ledger could not take is tried again every
second until the lottery is over; at most `MOST_WAITING` wait, and what is beyond that is lost and logged. Nobody who is
known to have entered costs the ledger anything when they say it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import encode_event
from liveroom.rooms.ledger import Answer, Fact, Ledger
from liveroom.rooms.messages.lottery import ENTRANTS, EntryAck, EntryOutcome, LotteryEntered, LotteryStatus
from liveroom.rooms.room import Room
from liveroom.rooms.rules.keywords import says
from liveroom.rooms.value.lotteries.handlers import PART, make_entry
from liveroom.rooms.value.lotteries.lottery_machine import lottery_of_scope

logger = logging.getLogger(__name__)

AGAIN_S = 1.0
MOST_WAITING = 20_000
MOST_KNOWN = 100_000
KEY = "\ncomment"
"""No key of a client has a line break, so none is like this one."""
TOLD = frozenset({EntryOutcome.ENTERED, EntryOutcome.NOT_ELIGIBLE, EntryOutcome.FULL})


class _Wait(NamedTuple):
    """An entry that is to be tried again until a time."""

    fact: Fact
    until_ms: int


class CommentEntries:
    """See the module."""

    def __init__(self, ledger: Ledger, backplane: Backplane, clock: Clock) -> None:
        self._ledger = ledger
        self._backplane = backplane
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._waiting: dict[tuple[str, str], _Wait] = {}
        self._timer: TimerHandle | None = None
        self._pending: set[asyncio.Future[Any]] = set()
        self._is_running = True

    def hear(self, room: Room, identity: Identity, text: str, now_ms: int) -> None:
        """Somebody has said something."""
        for view in room.snapshot.parts.get(PART, {}).values():
            if _is_said(view, text) and identity.role_in(room.id) in ENTRANTS:
                who = (view["id"], identity.user_id)
                if who not in self._known:
                    entry = make_entry(room, identity, view["id"], f"{KEY}\n{view['id']}", now_ms, said=True)
                    self._submit(_Wait(entry, view["ends_at"]))

    async def settle(self) -> None:
        """Wait until what was handed to the ledger is answered, and told."""
        while self._pending:
            await asyncio.wait(self._pending)

    async def stop(self) -> None:
        """End; what still waits has not entered."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        await self.settle()

    def _submit(self, wait: _Wait) -> None:
        try:
            answer = self._ledger.submit(wait.fact)
        except RealtimeError as error:
            self._postpone(wait, error)
            return
        answer.add_done_callback(lambda done: self._settle(wait, done))
        self._hold(answer)

    def _settle(self, wait: _Wait, done: asyncio.Future[Answer]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            self._postpone(wait, error)
            return
        answer = done.result()
        ack = EntryAck.model_validate_json(answer.data)
        if ack.entry is not None:
            self._know((lottery_of_scope(wait.fact.scope), wait.fact.subject))
        if ack.outcome in TOLD and not answer.duplicate:
            self._hold(asyncio.ensure_future(self._tell(wait.fact, ack)))

    async def _tell(self, fact: Fact, ack: EntryAck) -> None:
        lottery_id = lottery_of_scope(fact.scope)
        event = LotteryEntered(lottery=lottery_id, outcome=ack.outcome, entry=ack.entry, rule=ack.rule)
        payload = encode_event("lottery.entered", self._clock.now_ms(), event)
        try:
            await self._backplane.send_private(fact.room, Target(user_id=fact.subject), payload)
        except RealtimeError as error:
            # It is in the `me` part of the next join.
            logger.warning("an entry by comment was not told: %s", error.message)

    def _hold(self, pending: asyncio.Future[Any]) -> None:
        self._pending.add(pending)
        pending.add_done_callback(self._pending.discard)

    def _know(self, who: tuple[str, str]) -> None:
        self._known[who] = None
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _postpone(self, wait: _Wait, error: BaseException) -> None:
        retryable = isinstance(error, RealtimeError) and error.retryable
        if not retryable or not self._is_running or self._clock.now_ms() >= wait.until_ms:
            logger.warning("an entry by comment was not kept: %s", error)
            return
        if len(self._waiting) >= MOST_WAITING:
            logger.warning("an entry by comment was not kept: too many wait")
            return
        self._waiting[(wait.fact.scope, wait.fact.subject)] = wait
        if self._timer is None:
            self._timer = self._clock.call_later(AGAIN_S, self._try_again)

    def _try_again(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        for wait in waiting.values():
            self._submit(wait)


def _is_said(view: Mapping[str, Any], text: str) -> bool:
    way = view["way"]
    return view["status"] == LotteryStatus.OPEN.value and way["how"] == "comment" and says(text, way["keyword"])
