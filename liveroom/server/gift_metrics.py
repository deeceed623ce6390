"""What Prometheus sees of gifts and their billing.

Promise: as of `metrics.py`: every label takes values from a fixed list.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from liveroom.server.histogram import OTHER
from liveroom.server.labels import BILLING_CALLS, BILLING_WORDS, GIFT_OUTCOMES

CALL_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class GiftMetrics:
    """Implements `BillingTelemetry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gifts = Counter(
            "liveroom_gifts_answered", "Gifts that got their answer; a repeat counts again.", ["outcome"],
            registry=registry,
        )  # fmt: skip
        self._calls = Counter(
            "liveroom_billing_calls", "Calls to the app's billing, by what it said.", ["call", "word"],
            registry=registry,
        )  # fmt: skip
        self._call_s = Histogram(
            "liveroom_billing_duration_seconds", "From asking the app's billing to its answer, or to giving up.",
            buckets=CALL_S, registry=registry,
        )  # fmt: skip
        self._charges = Gauge(
            "liveroom_charges_unfinished", "Charges that had to be finished at the last look.", registry=registry
        )

    def gift_answered(self, outcome: str) -> None:
        """See `BillingTelemetry`."""
        self._gifts.labels(outcome if outcome in GIFT_OUTCOMES else OTHER).inc()

    def billing_answered(self, call: str, word: str, seconds: float) -> None:
        """See `BillingTelemetry`."""
        known = call if call in BILLING_CALLS else OTHER
        self._calls.labels(known, word if word in BILLING_WORDS else OTHER).inc()
        self._call_s.observe(seconds)

    def charges_found(self, count: int) -> None:
        """See `BillingTelemetry`."""
        self._charges.set(count)
