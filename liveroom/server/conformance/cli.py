"""`liveroom conformance [--list] [--scenario NAME] [--json] -- COMMAND…`: judge a client.

Promise: exit 0 when every chosen scenario passed, 1 when one did not, 2 when the call is wrong.
"""

from __future__ import annotations

import asyncio
import json
import sys

import click

from liveroom.server.conformance import scenarios as _declared  # noqa: F401 - importing declares the scenarios
from liveroom.server.conformance.registry import SCENARIOS, Scenario, choose
from liveroom.server.conformance.run import judge
from liveroom.server.conformance.verdict import Verdict

NAME_WIDTH = 24


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--list", "show_list", is_flag=True, help="Show the scenarios and their rules.")
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="Only this one; may be given several times.")
@click.option("--jobs", default=4, show_default=True, type=click.IntRange(1, 32), help="How many at once.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as one JSON object.")
@click.option("--trace", is_flag=True, help="Show what was seen, also of scenarios that passed.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def conformance(
    show_list: bool, names: tuple[str, ...], jobs: int, as_json: bool, trace: bool, command: tuple[str, ...]
) -> None:
    """Judge a client by the rules of the protocol. COMMAND starts its adapter: see docs/conformance.md."""
    unknown = sorted(set(names) - SCENARIOS.keys())
    if unknown:
        raise click.UsageError(f"no scenario is named {', '.join(unknown)}; --list shows all")
    chosen = choose(names)
    if show_list:
        for scenario in chosen:
            click.echo(f"{scenario.name:<{NAME_WIDTH}} {scenario.rule}")
        return
    if not command:
        raise click.UsageError("say how to start the adapter: liveroom conformance -- COMMAND…")
    verdicts = asyncio.run(_judge(chosen, command, jobs, quiet=as_json))
    _show_json(verdicts) if as_json else _show_faults(verdicts, trace)
    sys.exit(0 if all(verdict.passed for verdict in verdicts) else 1)


async def _judge(chosen: list[Scenario], command: tuple[str, ...], jobs: int, *, quiet: bool) -> list[Verdict]:
    def heard(verdict: Verdict) -> None:
        if not quiet:
            mark = click.style("pass", fg="green") if verdict.passed else click.style("FAIL", fg="red")
            click.echo(f"{mark}  {verdict.name:<{NAME_WIDTH}} {verdict.took_s:5.1f} s  {verdict.rule}")

    return await judge(chosen, command, jobs, heard)


def _show_faults(verdicts: list[Verdict], trace: bool) -> None:
    for verdict in verdicts:
        if trace or not verdict.passed:
            click.echo(f"\n{verdict.name}: {verdict.fault or 'passed'}\n  rule: {verdict.rule}")
            for line in verdict.trace:
                click.echo(f"  {line}")
    failed = sum(not verdict.passed for verdict in verdicts)
    click.echo(f"\n{len(verdicts) - failed} of {len(verdicts)} scenarios passed")


def _show_json(verdicts: list[Verdict]) -> None:
    report = {
        "passed": all(verdict.passed for verdict in verdicts),
        "scenarios": [
            {
                "name": verdict.name,
                "rule": verdict.rule,
                "passed": verdict.passed,
                "fault": verdict.fault,
                "took_s": round(verdict.took_s, 3),
            }
            for verdict in verdicts
        ],
    }
    click.echo(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    conformance()
