"""How hot a topic is: comments a minute, where what was said a minute ago counts half.

Promise: pure; kept as two whole numbers, so that a database can hold them as counters; time that runs backwards cools
nothing and heats nothing.
"""

from __future__ import annotations

from math import exp, log

COMMENTS, HEAT, HEAT_AT = "comments", "heat", "heat_at"
"""Names of the counters: comments, warmth in thousandths, and the time it is of (epoch ms)."""
HALF_MS = 60_000
SCALE = 1_000


def warm(heat: int, at_ms: int, comments: int, now_ms: int) -> tuple[int, int]:
    """The warmth after some comments, and the time it is of."""
    return _decay(heat, at_ms, now_ms) + comments * SCALE, max(at_ms, now_ms)


def cool(heat: int, at_ms: int, now_ms: int) -> int:
    """Comments a minute, as of now."""
    return round(_decay(heat, at_ms, now_ms) * log(2) / SCALE)


def _decay(heat: int, at_ms: int, now_ms: int) -> int:
    return round(heat * exp(-log(2) * max(0, now_ms - at_ms) / HALF_MS))
