"""The server beside the latencies: CPU, memory, loop lag, flush tick, and where a command's time goes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from loadtests.report.plots import Curve, Point, draw_curves
from loadtests.target.own_view import Sample, percentile_s, subtract

STEP: Final = "liveroom_step_seconds"
COMMAND: Final = "liveroom_command_duration_seconds"
DELIVERY: Final = "liveroom_delivery_seconds"
STAGES: Final = (
    (STEP, "decode", "decode: a message is read and checked (one of 16)"),
    (STEP, "queue", "queue: the first of a batch waits for its room"),
    (STEP, "rule", "rule: a batch is ruled on"),
    (STEP, "commit", "commit: a transaction with what is worth money"),
    (STEP, "backplane", "backplane: a batch is limited, numbered and shared"),
    (STEP, "tick", "tick: the first event of a flush has waited for it"),
    ("liveroom_flush_duration_seconds", "", "flush: its CPU, to encode and to write"),
    (STEP, "socket", "socket: from the first write of a flush to the last"),
)
"""The way of a message through the server, in its order."""
WHOLE: Final = (
    (COMMAND, "comment.send", "a comment, from reading it to its answer"),
    (COMMAND, "like.send", "a batch of likes, the same way"),
    (COMMAND, "gift.send", "a gift, the same way"),
    (COMMAND, "coupon.claim", "a tap for a coupon, the same way"),
    (COMMAND, "poll.vote", "a vote, the same way"),
    (COMMAND, "stage.apply", "an application for a seat, the same way"),
    (DELIVERY, "comment.sent", "a comment, from publishing it to its last write"),
    (DELIVERY, "gift.sent", "a gift, from publishing it to its last write"),
    ("liveroom_loop_lag_seconds", "", "how late the event loop ran a timer"),
    ("liveroom_welcome_seconds", "", "from the answered join to the welcome"),
)
"""Ways as a whole."""


def draw_server(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Titles and plots."""
    yield "CPU of the server process", draw_curves([Curve("CPU", "mid", list(_follow_cpu(samples)))], "%")
    memory = [(sample.at_s, (sample.value("process_resident_memory_bytes") or 0) / 1e6) for sample in samples]
    yield "Memory of the server process", draw_curves([Curve("resident", "mid", memory)], "MB")
    for title, name in (
        ("Event loop: how late timers run", "liveroom_loop_lag_seconds"),
        ("Flush tick of busy rooms", "liveroom_flush_tick_seconds"),
    ):
        curves = [
            Curve("p50", "mid", list(_follow_percentile(samples, name, 50))),
            Curve("p99", "high", list(_follow_percentile(samples, name, 99))),
        ]
        yield title, draw_curves(curves, "ms")


def list_stages(
    samples: Sequence[Sample], wanted: Sequence[tuple[str, str, str]] = STAGES
) -> Iterator[tuple[str, int, float, float]]:
    """What it is, how often, and p50 and p99 in ms, over the whole window."""
    if len(samples) < 2:
        return
    for name, label, says in wanted:
        buckets = subtract(samples[-1], samples[0], name, label)
        if buckets and buckets[-1][1] > 0:
            yield says, int(buckets[-1][1]), percentile_s(buckets, 50) * 1e3, percentile_s(buckets, 99) * 1e3


def _follow_cpu(samples: Sequence[Sample]) -> Iterator[Point]:
    for earlier, later in pairwise(samples):
        before, after = earlier.value("process_cpu_seconds_total"), later.value("process_cpu_seconds_total")
        if before is not None and after is not None:
            yield later.at_s, (after - before) / (later.at_s - earlier.at_s) * 100


def _follow_percentile(samples: Sequence[Sample], name: str, percent: float) -> Iterator[Point]:
    for earlier, later in pairwise(samples):
        value_s = percentile_s(subtract(later, earlier, name), percent)
        if not math.isnan(value_s):
            yield later.at_s, value_s * 1e3
