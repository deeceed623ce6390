"""`liveroom conformance`: what it prints and how it ends."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner, Result

from liveroom.server.conformance.cli import conformance
from liveroom.server.conformance.registry import SCENARIOS
from tests.clients.conftest import ADAPTERS

GOOD = [sys.executable, str(ADAPTERS / "python_adapter.py")]
BAD = [sys.executable, str(ADAPTERS / "faulty_adapter.py"), "applies_twice"]


def call(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(conformance, list(arguments))


def test_list_names_every_scenario_with_its_rule() -> None:
    """Without starting anything."""
    result = call("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(SCENARIOS)
    assert len(SCENARIOS) >= 15


def test_a_client_that_passes_ends_with_0() -> None:
    """One scenario."""
    result = call("--scenario", "private", "--", *GOOD)
    assert result.exit_code == 0, result.output
    assert "1 of 1 scenarios passed" in result.output


def test_a_client_that_fails_ends_with_1_and_the_story() -> None:
    """What it did, the rule, and what was seen."""
    result = call("--scenario", "duplicates-dropped", "--", *BAD)
    assert result.exit_code == 1
    assert "0 of 1 scenarios passed" in result.output
    assert SCENARIOS["duplicates-dropped"].rule in result.output
    assert '"seq": 12' in result.output


def test_json_is_one_object() -> None:
    """For programs."""
    result = call("--json", "--scenario", "private", "--scenario", "ack", "--", *GOOD)
    report = json.loads(result.output)
    assert report["passed"] is True
    assert [one["name"] for one in report["scenarios"]] == ["private", "ack"]


@pytest.mark.parametrize("arguments", [[], ["--scenario", "no-such", "--", "x"], ["--scenario", "private"]])
def test_a_wrong_call_ends_with_2(arguments: list[str]) -> None:
    """And says what is missing."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.output
