"""Metrics: what Prometheus reads, fixed labels, and the objective of 600 ms as a number (L33, L36)."""

from __future__ import annotations

import inspect
import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from liveroom.realtime.telemetry import NullTelemetry, Telemetry
from liveroom.rooms.telemetry import NullRoomTelemetry, RoomTelemetry
from liveroom.server.metrics import Metrics
from liveroom.server.slo import SloWindow
from tests.support.clock import FakeClock


@pytest.fixture
def metrics(clock: FakeClock) -> Metrics:
    return Metrics(clock, commands=["comment.send"], kinds=["comment.sent", "likes"])


def read(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The value of one sample, as a scrape would see it."""
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            if sample.name == f"liveroom_{name}" and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def test_the_listeners_hear_everything_that_is_told(metrics: Metrics) -> None:
    telemetry: Telemetry = metrics
    rooms: RoomTelemetry = metrics
    nothing: tuple[Telemetry, RoomTelemetry] = (NullTelemetry(), NullRoomTelemetry())
    for protocol, listener, silent in ((Telemetry, telemetry, nothing[0]), (RoomTelemetry, rooms, nothing[1])):
        for name, method in inspect.getmembers(protocol, inspect.isfunction):
            if name.startswith("_"):
                continue
            wanted = list(inspect.signature(method).parameters)[1:]
            examples = {"str": "x", "float": 0.1, "int": 1}
            arguments = [examples[str(p.annotation)] for p in list(inspect.signature(method).parameters.values())[1:]]
            for implementation in (listener, silent):
                assert list(inspect.signature(getattr(implementation, name)).parameters) == wanted
                getattr(implementation, name)(*arguments)


def test_open_connections_go_up_and_down(metrics: Metrics) -> None:
    metrics.connection_opened()
    metrics.connection_opened()
    metrics.connection_closed(4100)
    assert read(metrics, "connections_inflight") == 1
    assert read(metrics, "disconnects_total", code="4100") == 1


def test_what_a_stranger_names_is_counted_as_other(metrics: Metrics) -> None:
    for number in range(100):
        metrics.session_started(f"client-{number}")
        metrics.command_answered(f"type-{number}", 0.001)
        metrics.error_replied(f"type-{number}", f"code-{number}")
        metrics.event_delivered(f"kind-{number}", 0.001, 1)
        metrics.connection_opened()
        metrics.connection_closed(3000 + number)
        metrics.handshake_refused(f"reason-{number}")
        metrics.frames_sent(f"frame-{number}", 1, 1)
        metrics.resume_answered(f"outcome-{number}")
        metrics.consumer_slowed(f"rung-{number}")
        metrics.messages_shed(f"kind-{number}", 1)
    assert read(metrics, "connections_accepted_total", client="other") == 100
    assert read(metrics, "command_duration_seconds_count", type="other") == 100
    assert read(metrics, "reply_errors_total", type="other", code="other") == 100
    assert read(metrics, "delivery_seconds_count", kind="other") == 100
    assert read(metrics, "disconnects_total", code="other") == 100
    assert read(metrics, "handshakes_refused_total", reason="other") == 100
    assert read(metrics, "frames_sent_total", frame="other") == 100
    assert read(metrics, "resumes_total", outcome="other") == 100
    assert read(metrics, "slow_consumers_total", rung="other") == 100
    assert read(metrics, "messages_shed_total", kind="other") == 100


def test_known_names_keep_theirs(metrics: Metrics) -> None:
    metrics.session_started("liveroom-js")
    metrics.command_answered("comment.send", 0.001)
    metrics.error_replied("comment.send", "rate_limited")
    metrics.handshake_refused("origin")
    metrics.consumer_slowed("lagging")
    assert read(metrics, "connections_accepted_total", client="liveroom-js") == 1
    assert read(metrics, "command_duration_seconds_count", type="comment.send") == 1
    assert read(metrics, "reply_errors_total", type="comment.send", code="rate_limited") == 1
    assert read(metrics, "handshakes_refused_total", reason="origin") == 1
    assert read(metrics, "slow_consumers_total", rung="lagging") == 1


def test_a_delivery_counts_once_for_each_viewer_in_the_right_bucket(metrics: Metrics) -> None:
    metrics.event_delivered("comment.sent", 0.6, 1000)
    metrics.event_delivered("comment.sent", 0.61, 10)
    metrics.event_delivered("comment.sent", 9.0, 1)
    assert read(metrics, "delivery_seconds_bucket", kind="comment.sent", le="0.45") == 0
    assert read(metrics, "delivery_seconds_bucket", kind="comment.sent", le="0.6") == 1000
    assert read(metrics, "delivery_seconds_bucket", kind="comment.sent", le="1.0") == 1010
    assert read(metrics, "delivery_seconds_bucket", kind="comment.sent", le="+Inf") == 1011
    assert read(metrics, "delivery_seconds_count", kind="comment.sent") == 1011
    assert read(metrics, "delivery_seconds_sum", kind="comment.sent") == pytest.approx(600 + 6.1 + 9)
    assert read(metrics, "delivery_seconds_count", kind="likes") is None


def test_the_ratio_is_the_share_of_deliveries_within_600_ms(metrics: Metrics) -> None:
    ratio = read(metrics, "delivery_slo_ratio")
    assert ratio is not None
    assert math.isnan(ratio)
    metrics.event_delivered("likes", 0.6, 3)
    metrics.event_delivered("likes", 0.601, 1)
    assert read(metrics, "delivery_slo_ratio") == 0.75


def test_the_ratio_forgets_what_is_older_than_five_minutes(clock: FakeClock) -> None:
    window = SloWindow(clock)
    window.count(2.0, 10)
    clock.advance(289_000)
    window.count(0.1, 10)
    assert window.ratio() == 0.5
    clock.advance(11_000)
    assert window.ratio() == 1.0
    clock.advance(600_000)
    assert math.isnan(window.ratio())


def test_two_processes_in_one_test_do_not_share_a_registry(clock: FakeClock, metrics: Metrics) -> None:
    other = Metrics(clock, commands=[], kinds=[])
    other.room_joined()
    assert read(other, "joins_total") == 1
    assert read(metrics, "joins_total") == 0


def test_every_metric_has_the_prefix_a_unit_and_a_line_of_help(metrics: Metrics) -> None:
    own = [f for f in text_string_to_metric_families(metrics.render().decode()) if f.name.startswith("liveroom_")]
    assert len(own) >= 20
    for family in own:
        assert family.documentation.endswith("."), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
