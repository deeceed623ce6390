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

PROFILE: Final = "smoke"
SEED: Final = "1"
RESULTS: Final = "loadtest-results"
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
    """Add ours to Locust's. What Locust's page shows may come back empty from it: then the default holds."""
    prefix = "LIVEROOM_LOADTEST_"
    parser.add_argument("--load", env_var=f"{prefix}PROFILE", default=PROFILE, help="Profile, one of slo.toml")
    parser.add_argument("--load-seed", env_var=f"{prefix}SEED", default=SEED, help="Start of everything random")
    parser.add_argument("--load-slo", env_var=f"{prefix}SLO", default="", help="Another file of profiles than slo.toml")
    parser.add_argument("--load-results", env_var=f"{prefix}RESULTS", default=RESULTS, help="Directory")
    parser.add_argument(
        "--load-without", env_var=f"{prefix}WITHOUT", default=NONE, help="Acts to leave out: gift,claim"
    )
    # These are for programs that start Locust.
    for name, help_ in (
        ("changes", "Changes of the profile, JSON"),
        ("command", "Command named in the report"),
        ("calibration-ms", "What the generator itself adds at p99, measured before"),
    ):
        variable = prefix + name.upper().replace("-", "_")
        parser.add_argument(f"--load-{name}", env_var=variable, default="", help=help_, include_in_web_ui=False)


def read_load(environment: Environment) -> Load:
    """The options of this process. Raises ProfileRefused, ValueError."""
    options: Any = environment.parsed_options
    name = options.load or PROFILE
    slo = read_slo(Path(options.load_slo) if options.load_slo else None)
    measured = options.load_calibration_ms
    return Load(
        name=name,
        slo=slo,
        profile=_read_changes(options.load_changes or "{}", options.load_without or NONE).apply(slo.find(name)),
        seed=int(options.load_seed or SEED),
        directory=Path(options.load_results or RESULTS),
        command=options.load_command or f"locust --host {environment.host} --load {name}",
        calibration_p99_ms=float(measured) if measured else None,
    )


def _read_changes(changes: str, without: str) -> Changes:
    """What is given as JSON, and what is to be left out besides. Raises ValueError."""
    read = Changes.model_validate_json(changes)
    named = () if without == NONE else tuple(name.strip() for name in without.split(",") if name.strip())
    return Changes.model_validate({**read.model_dump(), "without": (*read.without, *named)})
