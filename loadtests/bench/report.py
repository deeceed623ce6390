"""The result of a fan-out run as JSON: one object for each server, and the ratios between them.

Key names are a promise to scripts; new ones may be added. Nothing is averaged over runs or servers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from loadtests.bench.fanout import Measurement
from loadtests.bench.messages import TEXT_BYTES
from loadtests.bench.verdict import find_generator_limits

SATURATED_CPU: Final = 0.97
NOTES: Final = (
    "Every server carries the same 200 bytes of text; liveroom's envelope around it (id, author, time, sequence) "
    "is larger than that of the others, at its own expense.",
    "Latency is counted from the intended time of sending and read after every read; it holds up to 1 ms of the "
    "generator's own pause.",
    "lost: sent, warm-up included, and not received within 5 s after the end. For a saturated server most of that "
    "is late, not dropped; its latencies are those of what arrived.",
    "bytes_per_connection: memory of the process alone (USS) after the viewers joined, idle, minus before, by viewer.",
)


def describe(measurement: Measurement) -> dict[str, Any]:
    """One server's result under the promised keys."""
    account, load, spent = measurement.account, measurement.load, measurement.spent
    deliveries = max(1, account.window_deliveries)
    planned = int(load.rate_per_s * (load.warmup_s + load.seconds))
    limits = find_generator_limits(spent.generator_cpu, measurement.lag_p99_ms, account.sends, planned)
    return {
        "deliveries_per_s": round(account.deliveries_per_s),
        "deliveries_per_cpu_s": _divide(account.window_deliveries, spent.server_cpu_s),
        "p50_ms": _read_percentile(measurement, 50),
        "p99_ms": _read_percentile(measurement, 99),
        "p999_ms": _read_percentile(measurement, 99.9),
        "max_ms": _read_percentile(measurement, 100),
        "lost": account.lost,
        "correct": account.correct,
        "bytes_per_connection": round(
            (measurement.memory_bytes_after - measurement.memory_bytes_before) / load.viewers
        ),
        "generator_cpu": round(spent.generator_cpu, 3),
        "server_cpu": round(spent.server_cpu, 3),
        "saturated": spent.server_cpu > SATURATED_CPU,
        "generator_was_the_limit": bool(limits),
        "generator_limits": limits,
        "duplicates": account.duplicates,
        "reordered": account.reordered,
        "holes": account.holes,
        "viewers": load.viewers,
        "rate": load.rate_per_s,
        "seconds": load.seconds,
        "sends": account.sends,
        "delivered": account.delivered,
        "expected": account.expected,
        "frames_per_delivery": round(account.window_frames / deliveries, 4),
        "send_lag_p99_ms": measurement.lag_p99_ms,
        "connect_s": round(measurement.connect_s, 2),
        "answers": measurement.answers,
        "refusals": measurement.refusals,
        "notices": measurement.notices,
        "closed": measurement.closed,
    }


def _read_percentile(measurement: Measurement, percent: float) -> float | None:
    value = measurement.account.latency.percentile_ms(percent)
    return None if math.isnan(value) else value


def _divide(deliveries: int, cpu_s: float) -> int | None:
    """None where the CPU time is below what the kernel's clock can tell."""
    return round(deliveries / cpu_s) if cpu_s >= 0.05 else None


def compare(own: Mapping[str, Any], peers: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """How many times more a CPU second of ours delivers than one of each peer; None where there is no figure."""
    mine = own["deliveries_per_cpu_s"]
    ratios: dict[str, float | None] = {}
    for name, peer in peers.items():
        theirs = peer.get("deliveries_per_cpu_s")
        ratios[name] = round(mine / theirs, 1) if mine and theirs else None
    return ratios


def assemble(
    own: Mapping[str, Any], peers: Mapping[str, Mapping[str, Any]], surroundings: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole report.

    Args:
        own: from `describe`.
        peers: from `describe`, or `{"absent": reason}`.
        surroundings: machine, versions, cores, command, seed.
    """
    everybody = {"liveroom": own, **peers}
    report = {
        **own,
        "peers": dict(peers),
        "ratios": compare(own, peers),
        "text_bytes": TEXT_BYTES,
        **surroundings,
        "notes": NOTES,
    }
    limits = [f"{name}: {why}" for name, part in everybody.items() for why in part.get("generator_limits", ())]
    return {**report, "generator_was_the_limit": bool(limits), "generator_limits": limits}
