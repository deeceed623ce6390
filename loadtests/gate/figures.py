"""The figures of a run: everything the gate judges and the report shows, read once from the sum of all ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from loadtests.plan.kinds import KINDS, LAST
from loadtests.record.closing import close_books, count_due
from loadtests.record.health import Health, find_busiest
from loadtests.record.ledger import Ledger, sum_lag
from loadtests.record.room_book import count_missing
from loadtests.record.sends import Sends
from loadtests.record.series import Series


@dataclass(frozen=True, slots=True)
class Line:
    """One series of one kind, in milliseconds."""

    kind: str
    series: str
    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    ten_s_p99_ms: float
    """The highest p99 of any ten seconds."""


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """One process of the generator, in the window."""

    worker: str
    cpu_share: float
    """Of a core, in its busiest seconds; NaN: not measured."""
    lag_p99_ms: float
    lag_max_ms: float
    clock_error_ms: float


@dataclass(frozen=True, slots=True)
class MachineHealth:
    """All processes of the generator on one machine together."""

    machine: str
    cores: int
    """Those they may run on."""
    cpu_share: float
    """Of these cores, in the busiest seconds."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was there to measure."""

    workers_wanted: int
    workers_counted: int
    users_wanted: int
    users_joined: int
    failed: dict[str, int] = field(default_factory=dict)
    """Users who did not get in, by reason."""


@dataclass(frozen=True, slots=True)
class Figures:
    """See the module."""

    attendance: Attendance
    lines: tuple[Line, ...]
    sends: dict[str, Sends]
    due: dict[str, int]
    """Acts of the window, by kind, whose answers say that everybody sees them."""
    expected: int
    """Events all readers together should have seen."""
    faults: dict[str, int]
    """What was wrong, by name; only what happened."""
    healths: tuple[WorkerHealth, ...]
    machines: tuple[MachineHealth, ...]
    send_lag_p99_ms: float
    series: Series
    receipts: int
    calibration_p99_ms: float | None = None
    """What the generator itself adds at this load; None: not measured."""

    def count_acts(self, kind: str) -> int:
        """Acts of the window, which many see: the sample behind all figures of this kind."""
        last = self.find(kind, LAST)
        if last is not None:
            return last.count
        if kind in self.sends:
            return self.sends[kind].sent
        return max((line.count for line in self.lines if line.kind == kind), default=0)

    def find(self, kind: str, series: str) -> Line | None:
        """One line; None when nothing of it was measured."""
        return next((line for line in self.lines if (line.kind, line.series) == (kind, series)), None)


def read_figures(ledger: Ledger, attendance: Attendance, calibration_p99_ms: float | None = None) -> Figures:
    """Close the books and read them."""
    faults = close_books(ledger)
    due = count_due(ledger)
    lag = sum_lag(ledger.sends.values())
    return Figures(
        attendance=attendance,
        lines=tuple(_read_lines(ledger.series)),
        sends=ledger.sends,
        due=due,
        expected=sum(room.span for room in ledger.rooms.values()) + count_missing(ledger.rooms.values()),
        faults=_add_notices(ledger, faults),
        healths=tuple(_read_health(health) for health in ledger.healths),
        machines=tuple(_read_machines(ledger.healths)),
        send_lag_p99_ms=lag.percentile_ms(99) if lag.count else 0.0,
        series=ledger.series,
        receipts=ledger.receipts,
        calibration_p99_ms=calibration_p99_ms,
    )


def _read_lines(series: Series) -> list[Line]:
    order = list(KINDS)
    lines = []
    for kind, name in sorted(
        series.names(), key=lambda pair: (order.index(pair[0]), KINDS[pair[0]].series.index(pair[1]))
    ):
        total = series.total(kind, name)
        p50, p90, p99, p999, most = (total.percentile_ms(percent) for percent in (50, 90, 99, 99.9, 100))
        lines.append(Line(kind, name, total.count, p50, p90, p99, p999, most, series.worst_ten_s_ms(kind, name, 99)))
    return lines


def _read_health(health: Health) -> WorkerHealth:
    lag_p99_ms, lag_max_ms = (health.lag.percentile_ms(percent) if health.lag.count else 0.0 for percent in (99, 100))
    return WorkerHealth(health.worker, find_busiest([health.cpu]), lag_p99_ms, lag_max_ms, health.clock_error_ms)


def _read_machines(healths: list[Health]) -> Iterator[MachineHealth]:
    for machine in sorted({health.machine for health in healths}):
        here = [health for health in healths if health.machine == machine]
        cores = max(1, len(frozenset[int]().union(*(health.cores for health in here))))
        yield MachineHealth(machine, cores, find_busiest([health.cpu for health in here]) / cores)


def _add_notices(ledger: Ledger, faults: Counter[str]) -> dict[str, int]:
    """All that was wrong, with what no viewer in good order meets; only what happened."""
    for reason, times in ledger.closed.items():
        faults[f"connection ended: {reason}"] += times
    for notice, times in ledger.notices.items():
        faults[f"unexpected: {notice}"] += times
    return {name: times for name, times in sorted(faults.items()) if times}
