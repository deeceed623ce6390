"""The course of a run as a state machine: prepare, fill, run, drain, count, done.

Pure: told what has happened and what time it is, it says what comes next. A run that cannot fill its rooms is
ended and counted like any other; the gate then says that it was not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FILL_SPARE_S: Final = 60.0
COUNT_S: Final = 30.0
"""A worker that has not handed in its ledger so long after its readers had time to catch up is missing."""


class Phase(StrEnum):
    """Where a run is."""

    FILL = "filling"
    SETTLE = "settling"
    RUN = "running"
    DRAIN = "draining"
    COUNT = "counting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class News:
    """What is known now."""

    now_s: float
    users_joined: int
    users_failed: int
    workers_missing: int
    """Those that have not handed in their ledgers."""


@dataclass(frozen=True, slots=True)
class Course:
    """What the phases last, in seconds, and how many take part."""

    users: int
    spawn_per_s: float
    end_s: float
    settle_s: float
    """Between the last join and the beginning of the plan."""
    drain_s: float
    """What is not there so long after the last send is lost."""

    def next_phase(self, phase: Phase, since_s: float, news: News) -> Phase:
        """The phase that follows, or the same one.

        Args:
            phase: where the run is.
            since_s: when that phase began.
            news: what is known now.
        """
        lasted_s = news.now_s - since_s
        if phase is Phase.FILL:
            all_here = news.users_joined + news.users_failed >= self.users
            late = lasted_s > self.users / self.spawn_per_s + FILL_SPARE_S
            if news.users_failed and (all_here or late):
                return Phase.COUNT
            return Phase.SETTLE if all_here else Phase.COUNT if late else phase
        if phase is Phase.COUNT:
            return Phase.DONE if not news.workers_missing or lasted_s > COUNT_S + self.drain_s else phase
        limits = {Phase.SETTLE: self.settle_s, Phase.RUN: self.end_s, Phase.DRAIN: self.drain_s}
        follows = {Phase.SETTLE: Phase.RUN, Phase.RUN: Phase.DRAIN, Phase.DRAIN: Phase.COUNT}
        return follows[phase] if phase in limits and lasted_s >= limits[phase] else phase
