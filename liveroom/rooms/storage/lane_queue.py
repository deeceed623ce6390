"""The rows of one lane that wait in memory, and whether more of them wait in the table.

Promise: rows leave in the order of their ids. Once a row was not held, later ones are not held either until the
table has been read to its end, so none is overtaken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice

from liveroom.rooms.storage.outbox import Lane, Outbox, OutboxRow


class LaneQueue:
    """See the module. Methods that change `rows` give the number of rows that came into or left memory."""

    def __init__(self, name: Lane) -> None:
        self.name = name
        self.rows: deque[OutboxRow] = deque()
        self.is_behind = False
        self._not_held = 0
        self._after_id = 0

    @property
    def waiting(self) -> int:
        """Rows that are known to wait, in memory or not."""
        return len(self.rows) + self._not_held

    def append(self, row: OutboxRow, *, may_hold: bool) -> int:
        """Take a row that was committed just now."""
        if may_hold and not self.is_behind:
            self.rows.append(row)
            return 1
        self.is_behind = True
        self._not_held += 1
        return 0

    async def load(self, outbox: Outbox, limit: int, sent: Collection[int]) -> int:
        """Read the next rows of the table; its end ends being behind.

        Args:
            sent: ids that are sent and perhaps not marked yet; they are passed over.
        """
        not_held = self._not_held
        rows = await outbox.load(self.name, self._after_id, limit)
        if len(rows) < limit and self._not_held == not_held:
            self.is_behind = False
            self._not_held = 0
            self._after_id = 0
        elif rows:
            self._after_id = rows[-1].id
            self._not_held = max(0, self._not_held - len(rows))
        fresh = [row for row in rows if row.id not in sent]
        self.rows.extend(fresh)
        return len(fresh)

    def read_again(self) -> None:
        """Rows wait in the table; read it from its beginning when those in memory are sent."""
        self.is_behind = True
        self._after_id = 0

    def head(self, limit: int) -> Sequence[OutboxRow]:
        """The first rows, those of one attempt together: a row that failed before is tried alone."""
        first = self.rows[0]
        return [first] if first.attempts else list(islice(self.rows, limit))

    def drop(self, count: int) -> int:
        """Forget rows that are sent."""
        for _ in range(count):
            self.rows.popleft()
        return count

    def put_off(self, attempts: int, next_at_ms: int) -> None:
        """Remember a send of the first row that failed."""
        self.rows[0] = replace(self.rows[0], attempts=attempts, next_at_ms=next_at_ms)

    def fall_behind(self) -> int:
        """Leave everything to the table."""
        held = len(self.rows)
        self._not_held += held
        self.rows.clear()
        self.read_again()
        return held
