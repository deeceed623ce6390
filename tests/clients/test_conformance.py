"""Both of our clients keep every rule of the protocol, and the suite notices a client that does not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from liveroom.server.conformance import scenarios as _declared  # noqa: F401 - importing declares the scenarios
from liveroom.server.conformance.registry import SCENARIOS
from liveroom.server.conformance.run import judge
from liveroom.server.conformance.verdict import Verdict
from tests.clients.conftest import ADAPTERS

JOBS = 4
"""Clients at a time; each is a process, and the judge waits 2.5 s at most for what a busy machine delays."""
FAULTS = {
    "forgets_position": "resume",
    "ignores_holes": "hole-repaired",
    "applies_twice": "duplicates-dropped",
    "always_returns": "stop-4403",
    "makes_new_keys": "resend",
    "answers_no_ping": "ping-answered",
    "breaks_before_make": "make-before-break",
    "never_asks": "dead-line",
    "asks_always": "busy-line",
}


HASTE = "returns_at_once"
"""The one fault that a crowded machine hides: returns that are slow there look like a backoff."""
PLAYS = 3


async def faults_of(command: Sequence[str], names: Sequence[str], jobs: int = 1) -> list[str]:
    """What the judge has against this client, readable."""
    verdicts = await judge([SCENARIOS[name] for name in names], command, jobs, lambda _verdict: None)
    return [_story(verdict) for verdict in verdicts if not verdict.passed]


def _story(verdict: Verdict) -> str:
    return "\n".join((f"{verdict.name}: {verdict.fault}", *verdict.trace))


async def faults_that_stay(command: Sequence[str]) -> list[str]:
    """What the judge has against this client each time.

    A client, or a judge, that had no processor for as long as the judge waits breaks a rule of time without a fault:
    what was broken is played again, alone. Who does not keep a rule breaks it each time.
    """
    names, stories = list(SCENARIOS), list[str]()
    for jobs in (JOBS, *[1] * (PLAYS - 1)):
        stories = await faults_of(command, names, jobs) if names else []
        names = [story.partition(":")[0] for story in stories]
    return stories


async def test_the_python_client_keeps_every_rule(python_adapter: list[str]) -> None:
    """All scenarios against liveroom.realtime.client."""
    assert await faults_that_stay(python_adapter) == []


async def test_the_javascript_client_keeps_every_rule_in_chromium(browser_adapter: list[str]) -> None:
    """All scenarios against liveroom.js."""
    assert await faults_that_stay(browser_adapter) == []


def faulty(fault: str) -> list[str]:
    """The same client with a fault."""
    return [sys.executable, str(ADAPTERS / "faulty_adapter.py"), fault]


async def test_a_return_without_a_pause_is_found_by_the_scenario_of_the_backoff() -> None:
    """Played alone, and again if the machine was busy in that moment: a right client passes all but one in 50,000."""
    stories: list[str] = []
    for _ in range(PLAYS):
        stories = stories or await faults_of(faulty(HASTE), ["backoff"])
    assert "no backoff" in "".join(stories)


async def test_each_planted_fault_is_found_by_the_scenario_of_its_rule() -> None:
    """The judge can say no: the same client with one fault at a time."""
    slots = asyncio.Semaphore(JOBS)

    async def failed(fault: str, scenario: str) -> list[str]:
        async with slots:
            return [story.split(":")[0] for story in await faults_of(faulty(fault), [scenario])]

    found = await asyncio.gather(*(failed(fault, scenario) for fault, scenario in FAULTS.items()))
    assert dict(zip(FAULTS, found, strict=True)) == {fault: [scenario] for fault, scenario in FAULTS.items()}


async def test_a_program_that_is_no_adapter_fails_with_a_clear_line() -> None:
    """A command that ends at once, and one that does not exist."""
    ended = await faults_of([sys.executable, "-c", "pass"], ["private"])
    missing = await faults_of(["./no-such-adapter"], ["private"])
    assert "adapter" in ended[0].splitlines()[0]
    assert "cannot be started" in missing[0].splitlines()[0]
