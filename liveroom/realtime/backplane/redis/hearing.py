"""What one room's channel has brought so far: told on in order, once, without a hole.

A pure state machine. `opening`: subscribed, the position is not known yet. `steady`: messages are told on as they come.
`torn`: something is missing; what comes is held back until the history was read. Promise: batches that are told on are
consecutive within an epoch; whatever could not be told on leads to a tear; at most `MAX_HELD` batches are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.backplane.redis.channel import Batch

MAX_HELD = 64
"""Batches held back during a repair; beyond it they are dropped and the history is read once more."""


class Phase(StrEnum):
    """See the module."""

    OPENING = "opening"
    STEADY = "steady"
    TORN = "torn"


class Heard(NamedTuple):
    """What follows: batches to tell on, and whether the room has just been torn."""

    batches: Sequence[Batch] = ()
    is_torn: bool = False


NOTHING = Heard()


class Hearing:
    """See the module."""

    __slots__ = ("_held", "_lacks", "phase", "position", "reads")

    def __init__(self) -> None:
        self.phase = Phase.OPENING
        self.position = Position("", 0)
        self.reads = 0
        """Reads of the history that are under way."""
        self._held: list[Batch] = []
        self._lacks = False

    def hear(self, batch: Batch) -> Heard:
        """A message came."""
        if self.phase is not Phase.STEADY:
            if len(self._held) < MAX_HELD:
                self._held.append(batch)
            else:
                self._lacks = True
            return NOTHING
        if batch.epoch != self.position.epoch or batch.first_seq > self.position.seq + 1:
            self.phase = Phase.TORN
            return Heard(is_torn=True)
        fresh = batch.events[self.position.seq + 1 - batch.first_seq :]
        if not fresh:
            return NOTHING
        told = Batch(batch.epoch, self.position.seq + 1, fresh)
        self.position = Position(batch.epoch, told.last_seq)
        return Heard((told,))

    def tear(self) -> Heard:
        """Something may have been missed."""
        if self.phase is Phase.STEADY:
            self.phase = Phase.TORN
            return Heard(is_torn=True)
        if self.phase is Phase.OPENING or self.reads:
            # What is being read now may have been written before the tear.
            self._lacks = True
        return NOTHING

    def mend(self, position: Position) -> Heard:
        """The history was read up to `position`, and what it brought was told on."""
        if self.phase is Phase.STEADY and position.epoch == self.position.epoch:
            # Somebody read without need; what was heard meanwhile may be newer.
            return NOTHING
        self.phase, self.position = Phase.STEADY, position
        held, self._held = self._held, []
        lacks, self._lacks = self._lacks, False
        told: list[Batch] = []
        for batch in held:
            heard = self.hear(batch)
            told.extend(heard.batches)
            if heard.is_torn:
                return Heard(told, is_torn=True)
        if lacks:
            self.phase = Phase.TORN
        return Heard(told, is_torn=lacks)
