"""A judged run, as the writers of the report need it."""

from __future__ import annotations

from dataclasses import dataclass

from loadtests.gate.figures import Figures
from loadtests.gate.growth import Growth
from loadtests.gate.judge import Verdict
from loadtests.gate.server_view import Comparison
from loadtests.plan.profiles import Profile
from loadtests.report.facts import Facts
from loadtests.target.own_view import Sample


@dataclass(frozen=True, slots=True)
class Result:
    """Everything about one run."""

    facts: Facts
    profile: Profile
    figures: Figures
    verdict: Verdict
    samples: tuple[Sample, ...] = ()
    views: tuple[Comparison, ...] = ()
    growth: Growth | None = None
    """Of the server's memory; None: none worth telling."""
    unwatched: str | None = None
    """Why the server's own numbers are missing."""
