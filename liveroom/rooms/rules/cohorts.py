"""How well somebody saw a show, in few words, so that it can be set beside how long they stayed (R107).

What a person's player tells is the source: the height of the picture and how long it stood still. Promise: pure; the
cohort of the same facts is always the same, and there are twelve.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

HD_LINES, SD_LINES = 720, 360
SMOOTH, UNEVEN = 0.01, 0.05
"""Shares of the time that stood still, below which it is called so."""


class Picture(StrEnum):
    """How clear it was."""

    HD = "hd"
    SD = "sd"
    LOW = "low"
    NONE = "none"


class Flow(StrEnum):
    """How evenly it went on."""

    SMOOTH = "smooth"
    UNEVEN = "uneven"
    ROUGH = "rough"


class Watched(NamedTuple):
    """What a player has counted in one visit so far. `height`: of the picture, in lines; 0: sound alone."""

    height: int
    played_ms: int
    stalled_ms: int


def picture_of(watched: Watched) -> Picture:
    """How clear it was."""
    if watched.height >= HD_LINES:
        return Picture.HD
    if watched.height >= SD_LINES:
        return Picture.SD
    return Picture.LOW if watched.height else Picture.NONE


def flow_of(watched: Watched) -> Flow:
    """How evenly it went on."""
    total_ms = watched.played_ms + watched.stalled_ms
    share = watched.stalled_ms / total_ms if total_ms else 0.0
    if share < SMOOTH:
        return Flow.SMOOTH
    return Flow.UNEVEN if share < UNEVEN else Flow.ROUGH
