"""The shows that run in the rooms of this node, counted every few seconds and kept every minute.

Promise: what was counted is kept within `KEEP_MS`, so a crash costs the marks of a minute and no money. A show whose
end was missed by all nodes is closed when its record is read next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.room import ShowStats
from liveroom.rooms.numbers.counting import ShowCounter
from liveroom.rooms.numbers.machine import RECORD
from liveroom.rooms.room import Room
from liveroom.rooms.rules import show_record
from liveroom.rooms.rules.show_record import LIVE, Begin, Command, End, Fight, Note, NoteFight, Record
from liveroom.rooms.storage.documents import Cause

KEEP_MS = 60_000
CLOCK = Cause("clock", "show.count")


@dataclass
class Running:
    """A show that runs in a room of this node.

    Args:
        heard: comments that this node has heard of since it follows the show.
        base: comments that were counted before that.
        record: as it is known here, with what is not kept yet.
        kept_ms: when it was kept last.
    """

    room: str
    show: str
    started_ms: int
    heard: int = 0
    base: int = 0
    record: Record | None = None
    kept_ms: int = 0


class Shows:
    """See the module.

    Args:
        find_room: a room that is open on this node.
        currencies: of orders and of gifts.
    """

    def __init__(
        self,
        keeper: Keeper,
        counter: ShowCounter,
        find_room: Callable[[str], Room | None],
        clock: Clock,
        currencies: tuple[str, str],
    ) -> None:
        self._keeper = keeper
        self._counter = counter
        self._find_room = find_room
        self._clock = clock
        self._currencies = currencies
        self.running: dict[str, Running] = {}
        """By room."""

    def follow(self, room: str, show: str, started_ms: int) -> None:
        """A show runs in a room."""
        known = self.running.get(room)
        if known is None or known.show != show:
            self.running[room] = Running(room, show, started_ms)

    async def count(self, running: Running) -> Record | None:
        """Count a show, and keep its record when it is time; None: its room is not open here any more.

        Raises:
            RealtimeError: the database is away; nothing is lost but time.
        """
        room, now_ms = self._find_room(running.room), self._clock.now_ms()
        if room is None:
            self.running.pop(running.room, None)
            return None
        record = running.record or await self._load(running)
        figures = await self._counter.count(room, running.show, running.base + running.heard, now_ms)
        note = Note(figures, now_ms, (show_record.sample(record, figures, now_ms),))
        running.record = record = show_record.apply(running.record or record, note)
        if now_ms - running.kept_ms >= KEEP_MS:
            running.kept_ms = now_ms
            note = Note(record.figures, record.counted_ms, record.samples)
            running.record = record = await self._do(record.id, note)
        return record

    async def note_fight(self, running: Running, fight: Fight) -> None:
        """A round of a battle of the room is over.

        Raises:
            RealtimeError: as `count`.
        """
        record = running.record or await self._load(running)
        running.record = show_record.apply(running.record or record, NoteFight(fight))
        await self._do(record.id, NoteFight(fight))

    async def end(self, running: Running, ended_ms: int, stats: ShowStats | None) -> Record:
        """The show is over: its record with what was counted last.

        Args:
            stats: what the room has told of it.

        Raises:
            RealtimeError: as `count`.
        """
        record = await self.count(running) or running.record or await self._load(running)
        figures = record.figures
        if stats is not None:
            told = {"peak_viewers": stats.peak_viewers, "visits": stats.viewers}
            told |= {"comments": stats.comments, "likes": stats.likes}
            figures = figures.model_copy(
                update={name: max(getattr(figures, name), value) for name, value in told.items()}
            )
        last = Note(figures, record.counted_ms, record.samples)
        return await self._do(record.id, End(ended_ms, last))

    async def close_missed(self, record: Record, live: str | None) -> Record:
        """Close the record of a show that does not run any more.

        Args:
            live: the show that runs in its room; None: none.
        """
        if record.status is not LIVE or record.id == live:
            return record
        return await self._do(record.id, End(record.counted_ms))

    async def _load(self, running: Running) -> Record:
        record = await self._keeper.load(RECORD, running.show)
        if record is None:
            command = Begin(running.show, running.room, running.started_ms, *self._currencies)
            try:
                record = await self._keeper.create(RECORD, running.show, command, CLOCK)
            except Refusal:
                # Another node was faster.
                record = await self._keeper.load(RECORD, running.show)
        if record is None:
            text = "the record of the show is being made by another node; try again"
            raise Refusal(ErrorCode.UNAVAILABLE, text, show=running.show)
        if running.record is None and record.figures.comments:
            # What was heard until now may be in there already; what is missing another node has counted, or nobody.
            running.base, running.heard = record.figures.comments, 0
        running.record = running.record or record
        return record

    async def _do(self, show: str, command: Command) -> Record:
        # Counted once a minute on each node, with all samples in the state: that is no history.
        cause = replace(CLOCK, is_kept=not isinstance(command, Note))
        return await self._keeper.carry_out(RECORD, show, command, cause)
