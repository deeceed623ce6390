"""The figures as CSV: one file by kind, one by kind and time."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields

from loadtests.gate.figures import Figures, Line


def write_lines(figures: Figures) -> str:
    """One line for each kind and series, in milliseconds."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Line)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in figures.lines)
    return text.getvalue()


def write_slots(figures: Figures) -> str:
    """One line for each kind, series and slot of time since the window began."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["kind", "series", "at_s", "count", "p50_ms", "p99_ms", "max_ms"])
    for kind, series in figures.series.names():
        for slot, latency in sorted(figures.series.slots(kind, series).items()):
            percentiles = (latency.percentile_ms(percent) for percent in (50, 99, 100))
            writer.writerow([kind, series, slot * figures.series.slot_s, latency.count, *percentiles])
    return text.getvalue()
