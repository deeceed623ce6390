"""What Prometheus sees of coupons.

Promise: as of `metrics.py`: every label takes values from a fixed list.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from liveroom.server.histogram import OTHER
from liveroom.server.labels import CLAIM_OUTCOMES

REPEATED = "repeated"


class CouponMetrics:
    """Implements `CouponTelemetry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._claims = Counter(
            "liveroom_coupon_claims",
            "Claims of coupons that got their answer, by outcome; repeats of a key are counted apart.",
            ["outcome"],
            registry=registry,
        )
        # Found once: there may be twenty thousand answers a second.
        self._by_outcome = {name: self._claims.labels(name) for name in (*sorted(CLAIM_OUTCOMES), REPEATED, OTHER)}

    def claim_answered(self, outcome: str, *, duplicate: bool) -> None:
        """See `CouponTelemetry`."""
        self._by_outcome[REPEATED if duplicate else outcome if outcome in CLAIM_OUTCOMES else OTHER].inc()
