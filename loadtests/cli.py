"""`liveroom loadtest`: the load test of a deployment, or of a server it starts itself.

Exit codes: 0 held, 1 too slow, 2 something was lost, doubled or wrong, 3 not valid. Whatever keeps a run from coming
about, a misspelt option included, is 3: only a run that was made can hold or fail.
"""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from loadtests.bench.errors import BenchError
from loadtests.drive.errors import LoadtestFailed
from loadtests.drive.session import Session
from loadtests.gate.judge import INVALID
from loadtests.plan.changes import Changes
from loadtests.plan.kinds import ACTS
from loadtests.plan.profiles import ProfileRefused, read_slo


class GateCommand(click.Command):
    """A command whose misuse is not mistaken for a verdict."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse; what is not understood exits with 3, not with click's 2."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _Misuse(error.format_message(), error.ctx) from None


class _Misuse(click.UsageError):
    exit_code = INVALID


def _list_profiles(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    for name, profile in read_slo().profile.items():
        click.echo(f"{name:12}{profile.says}")
    context.exit(0)


@click.command(cls=GateCommand)
@click.option("--host", default=None, help="Address of the deployment; without it a server is started here.")
@click.option("--profile", default="ci", show_default=True, help="How much of what, and what must hold.")
@click.option("--profiles", is_flag=True, expose_value=False, is_eager=True, callback=_list_profiles, help="List them.")
@click.option("--seconds", type=click.FloatRange(1, 86_400), default=None, help="Another length of the window.")
@click.option(
    "--viewers", type=click.IntRange(0, 100_000), default=None, help="Another number of those who only watch."
)
@click.option("--without", type=click.Choice(list(ACTS)), multiple=True, help="Leave an act out; may be repeated.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes of the generator.")
@click.option("--seed", type=int, default=1, show_default=True, help="Start of everything random.")
@click.option("--results", type=click.Path(path_type=Path), default=None, help="Directory of the report.")
@click.option("--slo", type=click.Path(path_type=Path), default=None, help="A file of profiles of your own.")
@click.option("--calibrate/--no-calibrate", "calibrated", default=True, help="Measure the generator itself first.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quiet", is_flag=True, help="Nothing on stderr but why there was no run.")
def loadtest(
    host: str | None,
    profile: str,
    seconds: float | None,
    viewers: int | None,
    without: tuple[str, ...],
    workers: int | None,
    seed: int,
    results: Path | None,
    slo: Path | None,
    calibrated: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Load a deployment and say whether it holds.

    For a deployment of your own set LIVEROOM_SECRET (signs the users' tokens) and LOADTEST_API_KEY (makes the rooms).
    """
    began = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    directory = results or Path("loadtest-results") / f"{profile}-{began}"
    command = shlex.join(["liveroom", *sys.argv[1:]])
    changes = Changes(seconds=seconds, viewers=viewers, without=without)
    session = Session(host, profile, workers, seed, directory, slo, calibrated, command, quiet, changes)
    try:
        with _ended_by_sigterm():
            code = session.perform()
    except (BenchError, LoadtestFailed, ProfileRefused) as error:
        click.echo(f"no run: {error}", err=True)
        sys.exit(INVALID)
    except KeyboardInterrupt:
        click.echo("ended before its verdict", err=True)
        sys.exit(INVALID)
    if as_json:
        _print_json(directory)
    sys.exit(code)


def _print_json(directory: Path) -> None:
    for name in ("report.json", "knee.json"):
        path = directory / name
        if path.is_file():
            click.echo(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False))


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that no server and no room of it is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
