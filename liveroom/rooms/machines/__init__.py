"""State machines that are kept as documents: battles, stages, polls … (docs/interactions.md)."""

from __future__ import annotations

from liveroom.rooms.machines.contract import Elapse, Machine, Step
from liveroom.rooms.machines.keeper import Keeper, read_state
from liveroom.rooms.machines.timers import Timers

__all__ = ["Elapse", "Keeper", "Machine", "Step", "Timers", "read_state"]
