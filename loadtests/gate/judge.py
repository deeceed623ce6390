"""Did it hold? Every check with what was found and what is allowed; the exit code follows from those that failed.

3: the run is invalid, as the generator was the limit or a part of it was missing; nothing else is believed then.
2: something was lost, doubled, out of order or wrong. 1: too slow, or too much refused. 0: all held.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from loadtests.gate.figures import Figures, Line
from loadtests.plan.kinds import ACK, ACTS, EACH, HOST, KINDS, LAST, OWN
from loadtests.plan.profiles import Generator, Limits, Profile, Slo
from loadtests.record.closing import NOT_EVERYBODY

HELD: Final = 0
TOO_SLOW: Final = 1
WRONG: Final = 2
INVALID: Final = 3
MEANING: Final = {
    HELD: "held",
    TOO_SLOW: "too slow",
    WRONG: "wrong",
    INVALID: "not valid",
}
_PLACES: Final = {EACH: "", HOST: " at the host", OWN: " at its sender"}
P999_FLOOR: Final = 1_000
"""Acts below which the slowest thousandth is less than one of them, which is chance."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was judged."""

    code: int
    """The exit code that its failure means."""
    name: str
    found: str
    allowed: str
    held: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a run."""

    checks: tuple[Check, ...]

    @property
    def code(self) -> int:
        """The exit code: the gravest failure."""
        return max((check.code for check in self.checks if not check.held), default=HELD)

    @property
    def says(self) -> str:
        """For people; of a run that was not valid, what kept it from being so."""
        return f"{MEANING[INVALID]}: {self.failures[0].name}" if self.code == INVALID else MEANING[self.code]

    @property
    def failures(self) -> list[Check]:
        """What did not hold, the gravest first."""
        return sorted((check for check in self.checks if not check.held), key=lambda check: -check.code)


def judge(figures: Figures, slo: Slo, profile: Profile) -> Verdict:
    """Hold the figures of a run against its limits."""
    checks = [
        *_check_attendance(figures),
        *_check_generator(figures, slo.generator),
        *_check_sends(figures, profile, slo.generator.sent_share),
        *_check_shown(figures, profile),
        *_check_faults(figures, profile),
        *_check_speed(figures, profile),
        *_check_errors(figures, slo.error_share),
    ]
    return Verdict(tuple(checks))


def _check_attendance(figures: Figures) -> Iterator[Check]:
    there = figures.attendance
    yield Check(
        INVALID,
        "workers that counted",
        str(there.workers_counted),
        f"{there.workers_wanted}",
        there.workers_counted == there.workers_wanted,
    )
    why = "".join(f"; {times} × {reason}" for reason, times in sorted(there.failed.items()))
    yield Check(
        INVALID,
        "users in the show",
        f"{there.users_joined}{why}",
        f"{there.users_wanted}",
        there.users_joined == there.users_wanted,
    )


def _check_generator(figures: Figures, limits: Generator) -> Iterator[Check]:
    for health in figures.healths:
        of = f"of worker {health.worker}"
        yield _at_most_share(f"CPU {of}", health.cpu_share, limits.cpu_share)
        yield _at_most_ms(INVALID, f"timers {of} late, p99", health.lag_p99_ms, limits.lag_p99_ms)
        yield _at_most_ms(INVALID, f"timers {of} late, at most", health.lag_max_ms, limits.lag_max_ms)
        yield _at_most_ms(INVALID, f"clock {of} uncertain", health.clock_error_ms, limits.clock_error_ms)
    for machine in figures.machines:
        name = f"CPU of the generator on {machine.machine}, of {machine.cores} cores"
        yield _at_most_share(name, machine.cpu_share, limits.cpu_share)
    yield _at_most_ms(INVALID, "sends behind the plan, p99", figures.send_lag_p99_ms, limits.send_lag_p99_ms)
    if figures.calibration_p99_ms is not None:
        yield _at_most_ms(
            INVALID, "added by the generator, p99 (calibration)", figures.calibration_p99_ms, limits.calibration_p99_ms
        )


def _check_sends(figures: Figures, profile: Profile, share: float) -> Iterator[Check]:
    for name, (kind, floor) in profile.planned.items():
        sends = figures.sends.get(kind)
        planned = 0 if sends is None else sends.planned
        sent = 0 if sends is None else sends.sent
        yield Check(INVALID, f"{name}: acts in the window", str(sent), f"at least {floor}", sent >= floor)
        yield Check(
            INVALID, f"{name}: sent of {planned} planned", str(sent), f"at least {share:.0%}", sent >= planned * share
        )


def _check_shown(figures: Figures, profile: Profile) -> Iterator[Check]:
    """A kind of which nobody saw anything: whose fault that is, its answers tell."""
    for kind in dict.fromkeys(kind for kind, _ in profile.planned.values()):
        sends = figures.sends.get(kind)
        if figures.find(kind, EACH) is not None or sends is None or not sends.sent:
            continue
        due = figures.due.get(kind, 0)
        # Answered, and still there was nothing to see: all coupons were gone before the window began.
        code = WRONG if due else INVALID if sends.fulfilled else TOO_SLOW
        yield Check(code, f"{kind}: receipts", "0", f"of {due}" if due else "at least 1", held=False)


def _check_faults(figures: Figures, profile: Profile) -> Iterator[Check]:
    many = [KINDS[ACTS[name]].many for name in profile.acts if KINDS[ACTS[name]].many]
    asked = ["lost", "doubled", "reordered", "acked and not shown"]
    asked += [f"{name} {fault}" for name in many for fault in ("lost", "doubled", NOT_EVERYBODY)]
    if "claim" in profile.acts:
        asked += ["coupons oversold", "coupon granted twice"]
    names = dict.fromkeys(asked, 0)
    for name, times in (names | figures.faults).items():
        yield Check(WRONG, name, str(times), "0", times == 0)


def _check_speed(figures: Figures, profile: Profile) -> Iterator[Check]:
    for line in figures.lines:
        limits = profile.limits_of(line.kind)
        if line.series in (EACH, HOST, OWN):
            yield from _check_each(line, limits, figures.count_acts(line.kind))
        elif line.series == LAST and limits.last_p99_ms is not None:
            yield _at_most_ms(TOO_SLOW, f"{line.kind}, slowest receiver, p99", line.p99_ms, limits.last_p99_ms)
        elif line.series == ACK and limits.ack_p99_ms is not None:
            yield _at_most_ms(TOO_SLOW, f"{line.kind}, answer, p99", line.p99_ms, limits.ack_p99_ms)


def _check_each(line: Line, limits: Limits, acts: int) -> Iterator[Check]:
    found = [
        ("p50", line.p50_ms, limits.p50_ms),
        ("p99", line.p99_ms, limits.p99_ms),
        ("p99 of the worst 10 s", line.ten_s_p99_ms, limits.ten_s_p99_ms),
    ]
    if acts >= P999_FLOOR:
        found.append(("p99.9", line.p999_ms, limits.p999_ms))
    name = line.kind + _PLACES[line.series]
    for what, value_ms, limit_ms in found:
        if limit_ms is not None:
            yield _at_most_ms(TOO_SLOW, f"{name}, {what}", value_ms, limit_ms)


def _check_errors(figures: Figures, share: float) -> Iterator[Check]:
    for kind, sends in sorted(figures.sends.items()):
        bad = sends.refused.total() + max(0, sends.unanswered)
        why = "".join(f"; {times} × {code}" for code, times in sorted(sends.refused.items()))
        yield Check(
            TOO_SLOW,
            f"{kind}: refused or unanswered of {sends.all_sent}",
            f"{bad}{why}",
            f"at most {share:.1%}",
            bad <= sends.all_sent * share,
        )


def _at_most_ms(code: int, name: str, value_ms: float, limit_ms: float) -> Check:
    return Check(
        code, name, f"{value_ms:g} ms", f"at most {limit_ms:g} ms", not math.isnan(value_ms) and value_ms <= limit_ms
    )


def _at_most_share(name: str, value: float, limit: float) -> Check:
    return Check(INVALID, name, f"{value:.0%}", f"at most {limit:.0%}", value <= limit)
