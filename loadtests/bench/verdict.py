"""May these numbers be believed, and is what they say right? Judged in this order.

3: the generator, not the server, was the limit; the run is not a result. 2: something was lost, doubled or
out of order. 0: neither.
"""

from __future__ import annotations

from typing import Final

GENERATOR_CPU_LIMIT: Final = 0.9
LAG_LIMIT_MS: Final = 50.0
SENT_SHARE_LIMIT: Final = 0.98

EXIT_FINE: Final = 0
EXIT_FAILED: Final = 1
EXIT_INCORRECT: Final = 2
EXIT_GENERATOR_LIMIT: Final = 3


def find_generator_limits(generator_cpu: float, lag_p99_ms: float, sent: int, planned: int) -> list[str]:
    """Reasons to take the generator, not the server, for the limit; none is what one wants.

    Args:
        generator_cpu: share of its core it used in the window, 0 to 1.
        lag_p99_ms: how late it was in following its own plan.
        sent: messages it sent.
        planned: messages the plan held.
    """
    reasons = []
    if generator_cpu > GENERATOR_CPU_LIMIT:
        reasons.append(f"it used {generator_cpu:.0%} of its core (limit {GENERATOR_CPU_LIMIT:.0%})")
    if lag_p99_ms > LAG_LIMIT_MS:
        reasons.append(
            f"it sent {lag_p99_ms:.0f} ms late at p99 (limit {LAG_LIMIT_MS:.0f} ms){_guess_why(generator_cpu)}"
        )
    if sent < planned * SENT_SHARE_LIMIT:
        reasons.append(f"it sent {sent} of {planned} planned messages")
    return reasons


def _guess_why(generator_cpu: float) -> str:
    if generator_cpu > GENERATOR_CPU_LIMIT / 2:
        return ""
    return f" although it used only {generator_cpu:.0%} of its core: other programs were running on it"


def choose_exit(*, generator_was_the_limit: bool, correct: bool) -> int:
    """The exit code of a run."""
    if generator_was_the_limit:
        return EXIT_GENERATOR_LIMIT
    return EXIT_FINE if correct else EXIT_INCORRECT
