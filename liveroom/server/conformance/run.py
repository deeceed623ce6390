"""Plays scenarios against a client and collects the verdicts.

Promise: each scenario has its own server, port and process, so they run side by side and cannot disturb one
another; a scenario that does not end is broken after `SCENARIO_TIMEOUT_S`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from liveroom.server.conformance.port import Port
from liveroom.server.conformance.registry import Scenario
from liveroom.server.conformance.stage import Stage
from liveroom.server.conformance.subject import Subject
from liveroom.server.conformance.verdict import Broken, Verdict

SCENARIO_TIMEOUT_S = 60.0
TRACE_LINES = 60


async def judge(
    scenarios: Sequence[Scenario], command: Sequence[str], jobs: int, heard: Callable[[Verdict], object]
) -> list[Verdict]:
    """Play all scenarios, `jobs` at a time.

    Args:
        scenarios: what to play.
        command: the adapter program and its arguments.
        jobs: how many at once.
        heard: told each verdict as it falls.

    Returns:
        The verdicts in the order of the scenarios.
    """
    slots = asyncio.Semaphore(jobs)

    async def one(scenario: Scenario) -> Verdict:
        async with slots:
            verdict = await play(scenario, command)
            heard(verdict)
            return verdict

    slow_first = sorted(scenarios, key=lambda scenario: not scenario.slow)
    fallen = await asyncio.gather(*(one(scenario) for scenario in slow_first))
    by_name = {verdict.name: verdict for verdict in fallen}
    return [by_name[scenario.name] for scenario in scenarios]


async def play(scenario: Scenario, command: Sequence[str]) -> Verdict:
    """One scenario against one run of the program."""
    began_s = time.monotonic()
    trace: list[str] = []

    def note(line: str) -> None:
        trace.append(f"{time.monotonic() - began_s:7.3f}  {line}")

    fault = ""
    try:
        async with asyncio.timeout(SCENARIO_TIMEOUT_S):
            await _perform(scenario, command, note)
    except Broken as broken:
        fault = str(broken)
    except TimeoutError:
        fault = f"the scenario did not end within {SCENARIO_TIMEOUT_S:g} s"
    return Verdict(scenario.name, scenario.rule, time.monotonic() - began_s, fault, tuple(trace[-TRACE_LINES:]))


async def _perform(scenario: Scenario, command: Sequence[str], note: Callable[[str], None]) -> None:
    async with Port(scenario.deflate, note) as port:
        subject = await Subject.launch(command, note)
        try:
            await scenario.play(Stage(subject, port))
        finally:
            await subject.end()
