"""What media tells whoever measures."""

from __future__ import annotations

from typing import Protocol


class MediaTelemetry(Protocol):
    """A listener. Durations in seconds."""

    def media_connected(self, seconds: float) -> None:
        """A transport stands, so long after its offer."""

    def media_first_packet(self, kind: str, seconds: float, *, warm: bool) -> None:
        """The first packet was forwarded, so long after all was ready for it."""

    def media_reported(self, what: str, seconds: float, *, warm: bool) -> None:
        """A client measured the time to its first `packet` or `frame`."""

    def media_back(self, seconds: float) -> None:
        """Somebody who was lost is back after so long."""

    def media_ended(self, why: str) -> None:
        """A connection is gone for good, or (`silent`) somebody was lost."""
