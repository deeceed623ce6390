"""When something that is told at most so often may be told again.

Promise: a clock that was put back holds nothing up: what was told at a time still to come was told long ago.
"""

from __future__ import annotations


def next_turn(told_at_ms: int, now_ms: int, every_ms: int) -> int:
    """When it is time again for what was told last at `told_at_ms` and is told every `every_ms`, in epoch ms."""
    return now_ms if told_at_ms > now_ms else told_at_ms + every_ms
