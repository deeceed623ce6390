"""What a run is told on the command line of Locust, or by variables, and what that means.

A worker gets all of it from its master.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.plan.changes import Changes
from loadtests.plan.profiles import Profile, Slo, read_slo

NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Load:
    """The options of a run, understood."""

    name: str
    slo: Slo
    profile: Profile
    seed: int
    directory: Path
    command: str
    calibration_p99_ms: float | None


def add_load_options(parser: LocustArgumentParser) -> None:
    """Add ours to Locust's."""
    prefix = "LIVEROOM_LOADTEST_"
    parser.add_argument("--load", env_var=f"{prefix}PROFILE", default="smoke", help="Profile, one of slo.toml")
    parser.add_argument("--load-seed", env_var=f"{prefix}SEED", type=int, default=1, help="Start of everything random")
    parser.add_argument("--load-slo", env_var=f"{prefix}SLO", default="", help="Another file of profiles than slo.toml")
    parser.add_argument("--load-results", env_var=f"{prefix}RESULTS", default="loadtest-results", help="Directory")
    parser.add_argument("--load-changes", env_var=f"{prefix}CHANGES", default="{}", help="Changes of the profile, JSON")
    parser.add_argument(
        "--load-without", env_var=f"{prefix}WITHOUT", default=NONE, help="Acts to leave out: gift,claim"
    )
    parser.add_argument("--load-command", env_var=f"{prefix}COMMAND", default="", help="Command named in the report")
    parser.add_argument(
        "--load-calibration-ms",
        env_var=f"{prefix}CALIBRATION_MS",
        type=float,
        default=None,
        help="What the generator itself adds at p99, measured before",
    )


def read_load(environment: Environment) -> Load:
    """The options of this process. Raises ProfileRefused."""
    options: Any = environment.parsed_options
    slo = read_slo(Path(options.load_slo) if options.load_slo else None)
    return Load(
        name=options.load,
        slo=slo,
        profile=_read_changes(options.load_changes, options.load_without).apply(slo.find(options.load)),
        seed=options.load_seed,
        directory=Path(options.load_results),
        command=options.load_command or f"locust --host {environment.host} --load {options.load}",
        calibration_p99_ms=options.load_calibration_ms,
    )


def _read_changes(changes: str, without: str) -> Changes:
    """What is given as JSON, and what is to be left out besides. Raises ValueError."""
    read = Changes.model_validate_json(changes)
    named = () if without == NONE else tuple(name.strip() for name in without.split(",") if name.strip())
    return Changes.model_validate({**read.model_dump(), "without": (*read.without, *named)})
