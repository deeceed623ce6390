"""The facts around a run, without which its figures mean nothing: seed, command, versions, machine, time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from loadtests.bench.machine import describe_machine, read_versions


@dataclass(frozen=True, slots=True)
class Facts:
    """How to have the same run again."""

    profile: str
    seed: int
    host: str
    command: str
    workers: int
    began_at: str
    """ISO 8601, UTC."""
    versions: dict[str, str]
    machine: dict[str, str | int | float]
    """Of the generator's master."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def gather_facts(*, profile: str, seed: int, host: str, command: str, workers: int, began_at: str) -> Facts:
    """These facts, and those of this machine."""
    return Facts(profile, seed, host, command, workers, began_at, read_versions(), describe_machine())
