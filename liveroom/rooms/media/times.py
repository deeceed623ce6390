"""How soon people of a room were connected, heard and seen, for its staff (R106).

Promise: the last `KEPT` of each kind in each room, of at most `ROOMS` rooms; the room that was quiet longest goes.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

KEPT = 200
ROOMS = 2_000


class Step(StrEnum):
    """What was waited for."""

    CONNECTED = "connected"
    PACKET = "first_packet"
    CLIENT_PACKET = "client_first_packet"
    CLIENT_FRAME = "client_first_frame"


@dataclass(frozen=True, slots=True)
class Spread:
    """How long a step took, in ms; `warm`: the connection stood before, None: that makes no difference."""

    step: Step
    warm: bool | None
    count: int
    p50_ms: int
    p95_ms: int


class RoomTimes:
    """See the module."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, dict[tuple[Step, bool | None], deque[int]]] = OrderedDict()

    def note(self, room: str, step: Step, took_ms: int, *, warm: bool | None = None) -> None:
        """Something took so long."""
        steps = self._rooms.setdefault(room, {})
        self._rooms.move_to_end(room)
        if len(self._rooms) > ROOMS:
            self._rooms.popitem(last=False)
        steps.setdefault((step, warm), deque(maxlen=KEPT)).append(took_ms)

    def read(self, room: str) -> Sequence[Spread]:
        """What is known of a room."""
        steps = self._rooms.get(room, {})
        return [_spread(step, warm, sorted(took)) for (step, warm), took in steps.items()]


def _spread(step: Step, warm: bool | None, took: Sequence[int]) -> Spread:
    return Spread(step, warm, len(took), _percentile(took, 0.5), _percentile(took, 0.95))


def _percentile(took: Sequence[int], share: float) -> int:
    return took[max(0, math.ceil(share * len(took)) - 1)]
