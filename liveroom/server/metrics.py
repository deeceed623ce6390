"""What Prometheus sees of this process.

Implements the listeners of the lower packages (`Telemetry`, `RoomTelemetry`, `WebhookTelemetry`), so that those know
nothing of Prometheus.
Promise: every label takes values from a fixed list; what a stranger names himself is counted as "other".
Names follow the Prometheus conventions, with the prefix `liveroom_`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client import Histogram as PlainHistogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from liveroom.realtime.clock import Clock
from liveroom.server.coupon_metrics import CouponMetrics
from liveroom.server.gift_metrics import GiftMetrics
from liveroom.server.histogram import OTHER, Histogram
from liveroom.server.labels import (
    CLIENTS,
    CLOSE_CODES,
    ERROR_CODES,
    FRAMES,
    OUTCOMES,
    REFUSALS,
    RUNGS,
    STEPS,
    WEBHOOK_OUTCOMES,
)
from liveroom.server.media_metrics import MediaMetrics
from liveroom.server.slo import SloWindow

CONTENT_TYPE = CONTENT_TYPE_LATEST

DELIVERY_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 1.0, 2.0)
COMMAND_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.6, 1.0, 2.5)
WEBHOOK_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROUND_TRIP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0)


class Metrics:
    """All metrics of one process, in a registry of its own.

    Args:
        clock: tells which deliveries are recent.
        commands: the command types there are.
        kinds: the event kinds there are.
    """

    def __init__(self, clock: Clock, *, commands: Iterable[str], kinds: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        self._commands = tuple(sorted({*commands, "connect", "ping", "pong"}))
        self._kinds = tuple(sorted(kinds))
        self._slo = SloWindow(clock)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._make_connection_metrics()
        self._make_command_metrics()
        self._make_delivery_metrics()
        self._make_room_metrics()
        self.gifts = GiftMetrics(self.registry)
        self.coupons = CouponMetrics(self.registry)
        self.media = MediaMetrics(self.registry)
        self._make_webhook_metrics()

    def _make_connection_metrics(self) -> None:
        self._inflight = self._gauge("connections_inflight", "WebSockets that are open now.")
        self._accepted = self._counter(
            "connections_accepted", "Accepted connects, by the name of the client.", "client"
        )
        self._refused = self._counter("handshakes_refused", "Requests refused before the upgrade.", "reason")
        self._disconnects = self._counter("disconnects", "Closed WebSockets by close code.", "code")
        self._ping_pong = self._histogram("ping_pong_duration_seconds", "From a ping to its pong.", ROUND_TRIP_S)
        self._slow = self._counter("slow_consumers", "Connections that went down a rung of the ladder.", "rung")
        self._backplane = self._gauge("backplane_up", "Whether what nodes share answers and writes; 1 on a node alone.")
        self._loop_lag = self._histogram("loop_lag_seconds", "How late the event loop ran a timer.", DELIVERY_S)

    def _make_command_metrics(self) -> None:
        self._command_duration = self._labelled(
            "command_duration_seconds", "From reading a command to its answer.", "type", COMMAND_S, self._commands
        )
        self._steps = self._labelled(
            "step_seconds", "Steps on the way of a message; sampled, or once for each batch.", "step", COMMAND_S, STEPS
        )
        self._errors = self._counter("reply_errors", "Refused commands and messages.", "type", "code")
        self._resumes = self._counter("resumes", "Joins with a position, by outcome.", "outcome")

    def _make_delivery_metrics(self) -> None:
        self._frames = self._counter("frames_sent", "Frames handed to transports.", "frame")
        self._bytes = self._counter("bytes_sent", "Bytes handed to transports.")
        self._flush = self._histogram("flush_duration_seconds", "What one flush of a room cost.", COMMAND_S)
        self._tick = self._histogram("flush_tick_seconds", "The tick chosen after a flush; 0 is at once.", DELIVERY_S)
        self._delivery = self._labelled(
            "delivery_seconds",
            "From publishing an event to its last write, counted for each viewer.",
            "kind",
            DELIVERY_S,
            self._kinds,
        )
        self._shed = self._counter("messages_shed", "Messages left out by sampling.", "kind")
        self._gauge(
            "delivery_slo_ratio", "Share of deliveries within 600 ms over the last 5 minutes; NaN without any."
        ).set_function(self._slo.ratio)

    def _make_room_metrics(self) -> None:
        self._rooms = self._gauge("rooms_active", "Rooms with at least one member on this node.")
        self._members = self._gauge("room_members", "Members of all rooms on this node.")
        self._joins = self._counter("joins", "Joins of rooms.")
        self._bounces = self._counter("bounces", "Viewers who left within 3 s of joining.")
        self._missed = self._counter("questions_missed", "Questions that stayed comments, as too many waited.")
        self._welcome = self._histogram("welcome_seconds", "From the answered join to the welcome.", DELIVERY_S)
        self._card = self._histogram("value_card_seconds", "From the answered join to the value card.", DELIVERY_S)

    def _make_webhook_metrics(self) -> None:
        self._webhook_tries = self._counter("webhook_tries", "Tries to deliver a webhook.", "outcome")
        self._webhook_try = self._histogram("webhook_try_seconds", "What one try took.", WEBHOOK_S)
        self._webhooks_missed = self._counter(
            "webhook_events_missed", "Events not kept for a webhook that has too many undelivered ones."
        )
        self._webhook_pending = self._gauge("webhook_deliveries_pending", "Deliveries that wait, in the database.")
        self._webhook_dead = self._gauge("webhook_deliveries_dead", "Dead deliveries, in the database.")
        self._webhook_oldest = self._gauge("webhook_oldest_pending_seconds", "Age of the oldest one that waits.")

    def watch_backplane(self, is_available: Callable[[], bool]) -> None:
        """Tell whether what nodes share answers."""
        self._backplane.set_function(lambda: float(is_available()))

    def render(self) -> bytes:
        """The text for `/metrics` (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    # --- Telemetry ---------------------------------------------------------------------------------------------

    def connection_opened(self) -> None:
        """See `Telemetry`."""
        self._inflight.inc()

    def connection_closed(self, code: int) -> None:
        """See `Telemetry`."""
        self._inflight.dec()
        self._disconnects.labels(_known(str(code), CLOSE_CODES)).inc()

    def handshake_refused(self, reason: str) -> None:
        """See `Telemetry`."""
        self._refused.labels(_known(reason, REFUSALS)).inc()

    def session_started(self, client: str) -> None:
        """See `Telemetry`."""
        self._accepted.labels(_known(client, CLIENTS)).inc()

    def command_answered(self, type_: str, seconds: float) -> None:
        """See `Telemetry`."""
        self._command_duration.observe(type_, seconds)

    def step_taken(self, step: str, seconds: float) -> None:
        """See `Telemetry`."""
        self._steps.observe(step, seconds)

    def error_replied(self, type_: str, code: str) -> None:
        """See `Telemetry`."""
        self._errors.labels(type_ if type_ in self._commands else OTHER, _known(code, ERROR_CODES)).inc()

    def resume_answered(self, outcome: str) -> None:
        """See `Telemetry`."""
        self._resumes.labels(_known(outcome, OUTCOMES)).inc()

    def pong_received(self, seconds: float) -> None:
        """See `Telemetry`."""
        self._ping_pong.observe(seconds)

    def frames_sent(self, frame: str, count: int, size_bytes: int) -> None:
        """See `Telemetry`."""
        self._frames.labels(_known(frame, FRAMES)).inc(count)
        self._bytes.inc(size_bytes)

    def room_flushed(self, cost_s: float, tick_s: float) -> None:
        """See `Telemetry`."""
        self._flush.observe(cost_s)
        self._tick.observe(tick_s)

    def event_delivered(self, kind: str, seconds: float, viewers: int) -> None:
        """See `Telemetry`."""
        self._delivery.observe(kind, seconds, viewers)
        self._slo.count(seconds, viewers)

    def delivery_percentiles(self, shares: Sequence[float]) -> Mapping[str, tuple[int, Sequence[float]]]:
        """Deliveries of this process so far by event kind: how many, and the seconds that those shares took at most."""
        return self._delivery.percentiles(shares)

    def consumer_slowed(self, rung: str) -> None:
        """See `Telemetry`."""
        self._slow.labels(_known(rung, RUNGS)).inc()

    def messages_shed(self, kind: str, count: int) -> None:
        """See `Telemetry`."""
        self._shed.labels(kind if kind in self._kinds else OTHER).inc(count)

    def room_joined(self) -> None:
        """See `Telemetry`."""
        self._joins.inc()

    def rooms_counted(self, rooms: int, members: int) -> None:
        """See `Telemetry`."""
        self._rooms.set(rooms)
        self._members.set(members)

    def loop_lagged(self, seconds: float) -> None:
        """See `Telemetry`."""
        self._loop_lag.observe(seconds)

    # --- RoomTelemetry -----------------------------------------------------------------------------------------

    def welcome_shown(self, seconds: float) -> None:
        """See `RoomTelemetry`."""
        self._welcome.observe(seconds)

    def value_card_shown(self, seconds: float) -> None:
        """See `RoomTelemetry`."""
        self._card.observe(seconds)

    def viewer_bounced(self) -> None:
        """See `RoomTelemetry`."""
        self._bounces.inc()

    def question_missed(self) -> None:
        """See `RoomTelemetry`."""
        self._missed.inc()

    # --- WebhookTelemetry --------------------------------------------------------------------------------------

    def webhook_tried(self, outcome: str, seconds: float) -> None:
        """See `WebhookTelemetry`."""
        self._webhook_tries.labels(_known(outcome, WEBHOOK_OUTCOMES)).inc()
        self._webhook_try.observe(seconds)

    def webhooks_missed(self, count: int) -> None:
        """See `WebhookTelemetry`."""
        self._webhooks_missed.inc(count)

    def webhooks_counted(self, pending: int, dead: int, oldest_s: float) -> None:
        """See `WebhookTelemetry`."""
        self._webhook_pending.set(pending)
        self._webhook_dead.set(dead)
        self._webhook_oldest.set(oldest_s)

    # --- making -----------------------------------------------------------------------------------------------

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"liveroom_{name}", help_, labels, registry=self.registry)

    def _gauge(self, name: str, help_: str) -> Gauge:
        return Gauge(f"liveroom_{name}", help_, registry=self.registry)

    def _histogram(self, name: str, help_: str, bounds_s: tuple[float, ...]) -> PlainHistogram:
        return PlainHistogram(f"liveroom_{name}", help_, buckets=bounds_s, registry=self.registry)

    def _labelled(
        self, name: str, help_: str, label: str, bounds_s: tuple[float, ...], known: tuple[str, ...]
    ) -> Histogram:
        histogram = Histogram(f"liveroom_{name}", help_, label, bounds_s, known)
        self.registry.register(histogram)
        return histogram


def _known(value: str, known: frozenset[str]) -> str:
    return value if value in known else OTHER
