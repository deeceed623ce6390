"""The result of a fan-out run for people: one line for each server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_COLUMNS: Final = (
    ("deliveries_per_s", "deliveries/s"),
    ("deliveries_per_cpu_s", "per CPU second"),
    ("p50_ms", "p50 ms"),
    ("p99_ms", "p99 ms"),
    ("p999_ms", "p99.9 ms"),
    ("lost", "lost"),
    ("bytes_per_connection", "B/connection"),
    ("server_cpu", "server CPU"),
    ("generator_cpu", "generator CPU"),
)


def draw(report: Mapping[str, Any], name: str = "liveroom") -> str:
    """A table of the report, with what a reader must know below it."""
    rows = [["", *(title for _, title in _COLUMNS), "ratio"], _make_row(name, report, "1.0")]
    for peer, result in report["peers"].items():
        if "absent" in result:
            rows.append([peer, f"absent: {result['absent']}"])
        else:
            rows.append(_make_row(peer, result, _write(report["ratios"][peer])))
    widths = [max(len(row[i]) for row in rows if len(row) > 2) for i in range(len(rows[0]))]
    lines = ["  ".join(_align(cell, widths[i], i) for i, cell in enumerate(row)).rstrip() for row in rows]
    head = f"{report['viewers']} viewers, {report['rate']:g} messages/s of {report['text_bytes']} bytes, " + (
        f"{report['seconds']:g} s, server on core {report['cores']['server']}, "
        f"generator on core {report['cores']['generator']}"
    )
    return "\n".join([head, "", *lines, "", *report["notes"]])


def _make_row(name: str, result: Mapping[str, Any], ratio: str) -> list[str]:
    return [name, *(_write(result[key]) for key, _ in _COLUMNS), ratio]


def _write(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) and value < 1 else f"{value:,.1f}"


def _align(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column == 0 else cell.rjust(width)


def draw_pairs(report: Mapping[str, Any]) -> str:
    """A report without columns: one line for each figure, groups indented."""
    return "\n".join(_write_pairs(report, ""))


def _write_pairs(group: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in group.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}:", *_write_pairs(value, indent + "  ")]
        elif isinstance(value, (list, tuple)):
            lines += [f"{indent}{key}:", *(f"{indent}  {item}" for item in value)] if value else []
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            lines.append(f"{indent}{key}: {_write(value)}")
        else:
            lines.append(f"{indent}{key}: {value}")
    return lines
