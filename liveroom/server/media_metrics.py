"""What Prometheus sees of audio and video.

Promise: as of `metrics.py`: every label takes values from a fixed list.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from liveroom.realtime.media.events import Ended, Kind

MEDIA_S = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0, 2.0, 5.0)
BACK_S = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
KINDS = frozenset(Kind)
ENDS = frozenset({*Ended, "silent"})
MEASURED = frozenset({"packet", "frame"})
OTHER = "other"


class MediaMetrics:
    """Implements `MediaTelemetry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(name: str, help_: str, labels: list[str], buckets: tuple[float, ...] = MEDIA_S) -> Histogram:
            return Histogram(f"liveroom_media_{name}", help_, labels, buckets=buckets, registry=registry)

        self._registry = registry
        self._connected = histogram("connect_seconds", "From the offer to a transport that stands.", [])
        self._first = histogram(
            "first_packet_seconds",
            "From the grant (warm) or the transport (cold) to the first packet.",
            ["kind", "warm"],
        )
        self._reported = histogram("client_seconds", "The same until the client had it.", ["what", "warm"])
        self._back = histogram("back_seconds", "How long people who were lost were away.", [], BACK_S)
        self._ended = Counter(
            "liveroom_media_ended", "Connections that ended, and (silent) people who were lost.", ["why"],
            registry=registry,
        )  # fmt: skip

    def watch(self, name: str, help_: str, read: Callable[[], float]) -> None:
        """Show a value of the engine when metrics are read."""
        Gauge(f"liveroom_media_{name}", help_, registry=self._registry).set_function(read)

    def media_connected(self, seconds: float) -> None:
        """See `MediaTelemetry`."""
        self._connected.observe(seconds)

    def media_first_packet(self, kind: str, seconds: float, *, warm: bool) -> None:
        """See `MediaTelemetry`."""
        self._first.labels(kind if kind in KINDS else OTHER, str(warm).lower()).observe(seconds)

    def media_reported(self, what: str, seconds: float, *, warm: bool) -> None:
        """See `MediaTelemetry`."""
        self._reported.labels(what if what in MEASURED else OTHER, str(warm).lower()).observe(seconds)

    def media_back(self, seconds: float) -> None:
        """See `MediaTelemetry`."""
        self._back.observe(seconds)

    def media_ended(self, why: str) -> None:
        """See `MediaTelemetry`."""
        self._ended.labels(why if why in ENDS else OTHER).inc()
