"""How good a host is at battles, as one number (Elo), so that the search finds somebody of about the same strength.

Promise: whole numbers; a round among equals moves each by half of `K` at most; beating somebody much stronger counts
more than beating somebody weaker; a draw moves the weaker up. Of several sides each meets each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

START = 1_500
K = 32
SCALE = 400


class Standing(NamedTuple):
    """Somebody in a round that is over. `rank`: of the side; equal ranks are a draw."""

    name: str
    side: int
    rank: int
    rating: int


def changes(standings: Sequence[Standing]) -> Mapping[str, int]:
    """What to add to the rating of each, by name."""
    changed: dict[str, int] = {}
    for one in standings:
        others = [other for other in standings if other.side != one.side]
        gained = sum(_outcome(one, other) - _expected(one, other) for other in others)
        changed[one.name] = round(K * gained / len(others)) if others else 0
    return changed


def _outcome(one: Standing, other: Standing) -> float:
    if one.rank == other.rank:
        return 0.5
    return 1.0 if one.rank < other.rank else 0.0


def _expected(one: Standing, other: Standing) -> float:
    # Beyond ten times the scale the chance is nothing or all, and the power would only grow.
    difference = max(-10 * SCALE, min(10 * SCALE, other.rating - one.rating))
    power: float = 10.0 ** (difference / SCALE)
    return 1.0 / (1.0 + power)
