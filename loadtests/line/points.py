"""What a gift is worth in a battle, by the terms that the battle itself tells (docs/battle.md, Points)."""

from __future__ import annotations

from typing import Any, Final

GIFT: Final = 100
FIRST_GIFT: Final = 200
FIRST_GIFT_CAP: Final = 1_000
"""What holds when the terms leave it out."""


class Points:
    """Reckons the gifts of one viewer in one round, far from its last seconds."""

    def __init__(self, score: dict[str, Any]) -> None:
        """By these terms."""
        self._gift = int(score.get("gift", GIFT))
        self._first = int(score.get("first_gift", FIRST_GIFT))
        self._cap = int(score.get("first_gift_cap", FIRST_GIFT_CAP))
        self._has_given = False

    def reckon(self, amount: int) -> int:
        """Points of the next gift, worth so many minor units."""
        points = amount * self._gift // 100
        if not self._has_given:
            self._has_given = True
            points += min(points * (self._first - 100) // 100, self._cap)
        return points
