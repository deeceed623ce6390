"""The server's own numbers are read as it writes them, and compared with what its buckets can tell."""

from __future__ import annotations

import math

import pytest
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from loadtests.gate.server_view import compare_views
from loadtests.target.own_view import Sample, bounds_around, percentile_s, read_sample, subtract
from tests.load.figures import make_figures, make_line

BOUNDS = (0.01, 0.05, 0.1, 0.6)


class Server:
    """Something that exports the metrics of a server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._delivery = Histogram("liveroom_delivery_seconds", "…", ["kind"], buckets=BOUNDS, registry=self._registry)
        name = "liveroom_command_duration_seconds"
        self._commands = Histogram(name, "…", ["type"], buckets=BOUNDS, registry=self._registry)
        self._memory = Gauge("process_resident_memory_bytes", "…", registry=self._registry)

    def deliver(self, kind: str, seconds: float, times: int) -> None:
        for _ in range(times):
            self._delivery.labels(kind).observe(seconds)

    def answer(self, type_: str, seconds: float, times: int) -> None:
        for _ in range(times):
            self._commands.labels(type_).observe(seconds)

    def look(self, at_s: float = 0.0) -> Sample:
        self._memory.set(1e8)
        return read_sample(generate_latest(self._registry).decode(), at_s)


def test_what_was_before_the_window_is_subtracted() -> None:
    server = Server()
    server.deliver("comment.sent", 0.5, 100)
    before = server.look()
    server.deliver("comment.sent", 0.03, 100)
    buckets = subtract(server.look(10), before, "liveroom_delivery_seconds", "comment.sent")
    assert buckets[-1] == (math.inf, 100)
    assert 0.01 < percentile_s(buckets, 99) <= 0.05
    assert bounds_around(buckets, percentile_s(buckets, 99)) == (0.01, 0.05)
    assert server.look().value("process_resident_memory_bytes") == 1e8


def test_a_percentile_beyond_the_last_bound_is_that_bound() -> None:
    server = Server()
    before = server.look()
    server.deliver("likes", 5.0, 10)
    assert percentile_s(subtract(server.look(), before, "liveroom_delivery_seconds", "likes"), 50) == 0.6
    assert math.isnan(percentile_s([], 99))


@pytest.mark.parametrize(("ours_ms", "differs"), [(30.0, False), (55.0, False), (61.0, True), (7.0, True)])
def test_a_difference_above_a_fifth_is_a_finding_unless_the_bucket_allows_it(ours_ms: float, differs: bool) -> None:
    server = Server()
    samples = [server.look()]
    server.deliver("comment.sent", 0.03, 1000)
    samples.append(server.look(60))
    (view,) = compare_views(make_figures(lines=(make_line(p99_ms=ours_ms),)), samples)
    assert view.kind == "comment"
    assert view.differs is differs
    assert (view.says == "agrees") is not differs


@pytest.mark.parametrize(("ours_ms", "differs"), [(140.0, False), (190.0, True)])
def test_the_time_of_the_command_is_allowed_too(ours_ms: float, differs: bool) -> None:
    server = Server()
    samples = [server.look()]
    server.answer("gift.send", 0.08, 1000)
    server.deliver("gift.sent", 0.03, 1000)
    samples.append(server.look(60))
    (view,) = compare_views(make_figures(lines=(make_line("gift", p99_ms=ours_ms),)), samples)
    assert view.differs is differs


def test_a_server_that_says_nothing_is_not_compared() -> None:
    assert compare_views(make_figures(), []) == []
