"""What happens in rooms, told to whoever measures.

`RoomTelemetry` is the contract of the rooms package; the server implements it together with the realtime one.
Promise: every call is synchronous, cheap and never raises. Durations are in seconds.
"""

from __future__ import annotations

from typing import Protocol


class RoomTelemetry(Protocol):
    """Listener of the rooms package. Names state what has happened."""

    def welcome_shown(self, seconds: float) -> None:
        """A personal welcome was written `seconds` after the join was answered (requirement L6)."""

    def value_card_shown(self, seconds: float) -> None:
        """A value card was written `seconds` after the join was answered (requirement L8)."""

    def viewer_bounced(self) -> None:
        """A viewer left within 3 s of joining (requirement L8)."""

    def question_missed(self) -> None:
        """A question was not taken up, as too many waited; it stays a comment."""


class NullRoomTelemetry:
    """A listener that hears nothing."""

    __slots__ = ()

    def welcome_shown(self, seconds: float) -> None:
        """Ignore."""

    def value_card_shown(self, seconds: float) -> None:
        """Ignore."""

    def viewer_bounced(self) -> None:
        """Ignore."""

    def question_missed(self) -> None:
        """Ignore."""
