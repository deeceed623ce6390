"""Deletes facts, changes of documents and questions whose time is over (`lifetimes.py`).

Promise: a slice is found by an index over these rows alone, however much is kept for good. A fact that is the only mark
of a message that was taken stays until the message is known to be sent, so that it counts once also when its lane was
held up for longer than facts are kept.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

from sqlalchemy import Delete, bindparam, func, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.lifetimes import (
    DAY_MS,
    FAVOURITES,
    GATHERED,
    GATHERED_MS,
    PEOPLE_MS,
    QUESTION,
    VOTES,
)
from liveroom.rooms.storage.portable import delete_oldest
from liveroom.rooms.storage.tables import (
    document_history,
    documents,
    facts,
    is_passing_change,
    is_passing_fact,
    is_question,
    outbox,
)

logger = logging.getLogger(__name__)

GAINS = "gains"
"""The lane whose rows become facts of points, keyed by the row."""
GAINED = "points.credit"
HELD_UP_MS = 7 * DAY_MS
"""A lane that is held up for longer is told, once a day."""


class Passing:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done.

    Args:
        keep_ms: how long changes and votes can be looked at.
    """

    def __init__(self, database: Database, keep_ms: int) -> None:
        self._database = database
        self._lives: Mapping[str, int] = (
            dict.fromkeys(GATHERED, GATHERED_MS) | dict.fromkeys(VOTES, keep_ms) | dict.fromkeys(FAVOURITES, PEOPLE_MS)
        )
        self._keep_ms = keep_ms
        self._told_ms = -math.inf

    async def forget_facts(self, kind: str, now_ms: int, limit: int) -> int:
        """Delete about so many of a kind; gives how many there were."""
        before_ms = now_ms - self._lives[kind]
        if kind == GAINED:
            before_ms = min(before_ms, await self._find_sent(now_ms))
        return await self._delete(_FACTS, kind, before_ms, limit)

    async def forget_changes(self, kind: str, now_ms: int, limit: int) -> int:
        """Delete about so many changes of documents of a kind; gives how many there were."""
        return await self._delete(_CHANGES, kind, now_ms - self._keep_ms, limit)

    async def forget_questions(self, now_ms: int, limit: int) -> int:
        """Delete about so many questions; gives how many there were."""
        return await self._delete(_QUESTIONS, QUESTION, now_ms - PEOPLE_MS, limit)

    async def _find_sent(self, now_ms: int) -> int:
        """The moment before which all gains are known to be sent."""
        async with self._database.read() as connection:
            unsent_ms: int | None = await connection.scalar(_UNSENT)
        if unsent_ms is None:
            return now_ms
        if now_ms - unsent_ms > HELD_UP_MS and now_ms - self._told_ms >= DAY_MS:
            self._told_ms = now_ms
            days = (now_ms - unsent_ms) // DAY_MS
            logger.warning("points of gifts wait for %d days to be credited; facts of points are kept meanwhile", days)
        # A day apart: who made the fact may have another clock than who made the message.
        return unsent_ms - DAY_MS

    async def _delete(self, statement: Delete, kind: str, before_ms: int, limit: int) -> int:
        values = {"kind_is": kind, "before": before_ms, "most": limit}
        async with self._database.write() as connection:
            return (await connection.execute(statement, values)).rowcount


_UNSENT = select(func.min(outbox.c.created_at_ms)).where(outbox.c.sent_at_ms.is_(None), outbox.c.lane == GAINS)
# The condition of the index as it stands there, and the kind as well, so that the planner takes no other.
_FACTS = delete_oldest(facts, facts.c.at_ms, is_passing_fact, facts.c.kind == bindparam("kind_is"))
_CHANGES = delete_oldest(
    document_history, document_history.c.at_ms, is_passing_change, document_history.c.kind == bindparam("kind_is")
)
_QUESTIONS = delete_oldest(documents, documents.c.updated_at_ms, is_question, documents.c.kind == bindparam("kind_is"))
