"""Names of the messages between master and workers, over Locust's own connection.

In a run of one process both sides are the same one; so every name has one direction only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from locust.runners import Runner

PLACE_WANTED: Final = "liveroom_place_wanted"
"""To the master: a user has started and needs a number and a room."""
PLACE_GIVEN: Final = "liveroom_place_given"
CLOCK_ASKED: Final = "liveroom_clock_asked"
"""To the master: what time is it?"""
CLOCK_TOLD: Final = "liveroom_clock_told"
BEGIN: Final = "liveroom_begin"
"""To the workers: the plan begins at this time."""
PROGRESS: Final = "liveroom_progress"
"""To the master: how far a worker is."""
COUNT: Final = "liveroom_count"
"""To the workers: the run is over, hand in your ledger."""
COUNTED: Final = "liveroom_counted"
"""To the master: the ledger."""


def listen(runner: Runner, listeners: Mapping[str, Callable[..., None]]) -> None:
    """Hear these words from now on; those who heard them in a run before no longer do."""
    for word, listener in listeners.items():
        runner.custom_messages.pop(word, None)
        runner.register_message(word, listener)
