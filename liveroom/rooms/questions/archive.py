"""The questions of shows in the database: those of a room that is opened, and those of a past show for its recap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from pydantic import ValidationError
from sqlalchemy import bindparam, select

from liveroom.rooms.errors import DocumentUnreadable
from liveroom.rooms.questions.machine import QUESTION
from liveroom.rooms.rules.question_state import QuestionState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Document, Documents
from liveroom.rooms.storage.tables import counters

_SPENT = select(counters.c.name, counters.c.value).where(
    counters.c.scope == bindparam("scope_is"), counters.c.name.in_(bindparam("names", expanding=True))
)


class QuestionArchive:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done."""

    def __init__(self, database: Database, documents: Documents) -> None:
        self._database = database
        self._documents = documents

    async def page(self, room: str, show_id: str, after: str | None, limit: int) -> Sequence[QuestionState]:
        """Questions of a show of a room in the order of their ids, after the id given.

        Raises:
            DocumentUnreadable: one was written by another version.
        """
        # The ids of a show's questions begin with its own, so they lie beside each other.
        prefix = f"{show_id}-"
        start = after if after is not None and after.startswith(prefix) else prefix
        found = await self._documents.list(QUESTION.kind, start, limit)
        return [_read(each) for each in found if each.id.startswith(prefix) and each.room == room]

    async def spent(self, room: str, user_ids: Sequence[str]) -> Mapping[str, int]:
        """What some people have spent in a room, in minor units."""
        async with self._database.read() as connection:
            rows = await connection.execute(_SPENT, {"scope_is": f"spent:{room}", "names": sorted(set(user_ids))})
            return {row.name: row.value for row in rows}


def _read(document: Document) -> QuestionState:
    try:
        return QUESTION.states.validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(QUESTION.kind, document.id) from None
