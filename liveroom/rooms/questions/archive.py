"""The questions of shows in the database: those of a room that is opened, and those of a past show for its recap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveroom.rooms.machines import read_state
from liveroom.rooms.questions.machine import QUESTION
from liveroom.rooms.rules.question_state import QuestionState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.value.spending import Spending


class QuestionArchive:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done."""

    def __init__(self, database: Database, documents: Documents) -> None:
        self._database = database
        self._documents = documents
        self._spending = Spending(database.dialect)

    async def page(self, room: str, show_id: str, after: str | None, limit: int) -> Sequence[QuestionState]:
        """Questions of a show of a room in the order of their ids, after the id given.

        Raises:
            DocumentUnreadable: one was written by another version.
        """
        # The ids of a show's questions begin with its own, so they lie beside each other.
        prefix = f"{show_id}-"
        start = after if after is not None and after.startswith(prefix) else prefix
        found = await self._documents.list(QUESTION.kind, start, limit)
        return [read_state(QUESTION, each) for each in found if each.id.startswith(prefix) and each.room == room]

    async def spent(self, room: str, user_ids: Sequence[str]) -> Mapping[str, int]:
        """What some people have spent in a room, in minor units."""
        async with self._database.read() as connection:
            found = await self._spending.load(connection, {(room, user_id) for user_id in user_ids})
        return {user_id: spent for (_, user_id), spent in found.items()}
