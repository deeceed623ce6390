"""The arithmetic of a token bucket, for rules that let through at most so much per time.

Promise: time that runs backwards never takes tokens away and never adds any. A bucket keeps the last time it was
asked, also when that lies before the one it had: else a clock that was put right would stop it for as long.
"""

from __future__ import annotations


def refill(tokens: float, at_ms: int, now_ms: int, per_s: float, burst: float) -> float:
    """The tokens at `now_ms` of a bucket that held `tokens` at `at_ms`: `per_s` more each second, at most `burst`."""
    if now_ms <= at_ms:
        return tokens
    filled = tokens + (now_ms - at_ms) * per_s / 1000
    return burst if filled > burst else filled
