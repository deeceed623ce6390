"""When the garbage collector of a process looks: not during the start, and rarely afterwards.

A start makes half a million objects that stay; looking through them again and again takes a fifth of it.
"""

from __future__ import annotations

import gc

THRESHOLDS = (50_000, 20, 50)
"""Connections are long-lived objects without cycles; looking through them often only costs pauses."""


def pause_collection() -> None:
    """Call it before the server is imported; `settle_collection` ends it."""
    gc.disable()


def settle_collection() -> None:
    """What is there now stays: it is looked through once, and never again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
