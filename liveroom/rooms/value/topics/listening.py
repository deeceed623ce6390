"""Listens to comments on this node and has what belongs to a topic counted, a second's worth at a time.

Promise: a comment costs the ledger nothing by itself: one fact a second for each topic that is talked about, and one
for each person's first opinion. What the ledger did not take is handed in again with the next second, at most `MOST`
of them; and what was heard in the last second before a process is killed is not counted.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections import Counter, OrderedDict
from typing import Any

import orjson

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Spoken
from liveroom.rooms.ledger import Answer, Fact, Ledger
from liveroom.rooms.messages.poll import VOTERS
from liveroom.rooms.messages.topic import Said
from liveroom.rooms.room import Room
from liveroom.rooms.rules.under_topic import Refrain
from liveroom.rooms.value.topics.talk_decider import BUNCH, OPINION
from liveroom.rooms.value.topics.topic_machine import scope_of

logger = logging.getLogger(__name__)

GATHER_S = 1.0
MOST = 10_000
MOST_KNOWN = 100_000
MOST_REFRAINS = 64
PART = "topics"
"""Of the snapshot."""

Place = tuple[str, str]
"""Room and topic."""


class TopicListener:
    """See the module."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._comments: Counter[Place] = Counter()
        self._opinions: dict[tuple[Place, str], str] = {}
        self._again: list[Fact] = []
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._refrains: OrderedDict[str, Refrain] = OrderedDict()
        # No user id has a line break, so no key of a client is like these.
        self._who = f"\nnode\n{secrets.token_hex(8)}"
        self._numbers = itertools.count(1)
        self._timer: TimerHandle | None = None
        self._pending: set[asyncio.Future[Any]] = set()
        self._is_running = True

    def hear(self, room: Room, identity: Identity, spoken: Spoken) -> None:
        """Somebody has said something."""
        under = spoken.under
        if under is None:
            return
        place = (room.id, under.topic)
        self._comments[place] += 1
        self._refrain(under.topic).add(spoken.shown)
        who = (under.topic, identity.user_id)
        is_new = who not in self._known and len(self._opinions) < MOST
        if under.opinion is not None and is_new and identity.role_in(room.id) in VOTERS:
            self._know(who)
            self._opinions[(place, identity.user_id)] = under.opinion
        self._plan()

    def said(self, topic_id: str) -> tuple[Said, ...]:
        """What was said most often under a topic, as far as this node has heard."""
        refrain = self._refrains.get(topic_id)
        return () if refrain is None else refrain.top()

    async def flush(self) -> None:
        """Have everything counted that was heard so far."""
        self._hand_in()
        while self._pending:
            await asyncio.wait(self._pending)

    async def stop(self) -> None:
        """Have the rest counted, and listen no more."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        await self.flush()

    def _plan(self) -> None:
        if self._timer is None and self._is_running:
            self._timer = self._clock.call_later(GATHER_S, self._hand_in)

    def _hand_in(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        comments, self._comments = self._comments, Counter()
        opinions, self._opinions = self._opinions, {}
        again, self._again = self._again, []
        for fact in again:
            self._submit(fact)
        now_ms = self._clock.now_ms()
        said = {topic_id: self.said(topic_id) for _, topic_id in comments}
        for ((room, topic_id), user_id), opinion in opinions.items():
            body = orjson.dumps({"opinion": opinion})
            # A second opinion of the same person has the same key and another body: it is refused, as it should be.
            key = f"\nopinion\n{topic_id}"
            self._submit(Fact(OPINION, room, scope_of(topic_id), user_id, key, body, now_ms, said[topic_id]))
        for (room, topic_id), count in comments.items():
            body = orjson.dumps({"comments": count})
            key = f"{next(self._numbers)}"
            self._submit(Fact(BUNCH, room, scope_of(topic_id), self._who, key, body, now_ms, said[topic_id]))

    def _submit(self, fact: Fact) -> None:
        try:
            answer = self._ledger.submit(fact)
        except RealtimeError as error:
            self._take_back(fact, error)
            return
        self._pending.add(answer)
        answer.add_done_callback(lambda done: self._settle(fact, done))

    def _settle(self, fact: Fact, done: asyncio.Future[Answer]) -> None:
        self._pending.discard(done)
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._take_back(fact, error)

    def _take_back(self, fact: Fact, error: BaseException) -> None:
        """Hand in the same fact again with what is heard next; under its key it counts once."""
        retryable = isinstance(error, RealtimeError) and error.retryable
        if retryable and self._is_running and len(self._again) < MOST:
            self._again.append(fact)
            self._plan()
        elif retryable:
            logger.warning("something said under a topic is not counted: %s", error)

    def _refrain(self, topic_id: str) -> Refrain:
        refrain = self._refrains.setdefault(topic_id, Refrain())
        self._refrains.move_to_end(topic_id)
        while len(self._refrains) > MOST_REFRAINS:
            self._refrains.popitem(last=False)
        return refrain

    def _know(self, who: tuple[str, str]) -> None:
        self._known[who] = None
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
