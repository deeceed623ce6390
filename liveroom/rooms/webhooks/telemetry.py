"""What happens to webhooks, told to whoever measures.

Promise: every call is synchronous, cheap and never raises. Durations are in seconds.
"""

from __future__ import annotations

from typing import Protocol


class WebhookTelemetry(Protocol):
    """Listener of this package. Names state what has happened."""

    def webhook_tried(self, outcome: str, seconds: float) -> None:
        """A try ended, `outcome` is one of `Outcome`."""

    def webhooks_missed(self, count: int) -> None:
        """Events were not kept for an endpoint that has too many undelivered ones."""

    def webhooks_counted(self, pending: int, dead: int, oldest_s: float) -> None:
        """Deliveries in the database that wait or are dead, and the age of the oldest one that waits."""
