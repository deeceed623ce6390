"""The benchmark of the word filter looks at what it says, and its figures are of work that was done."""

from __future__ import annotations

import json

from click.testing import CliRunner

from loadtests.bench.cli import bench
from loadtests.inside.words import measure


def test_the_command_prints_the_cost_of_a_comment() -> None:
    result = CliRunner().invoke(bench, ["words", "--words", "300", "--comments", "1000", "--json", "--quiet"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["words"] == 300
    assert report["comments"] == 1000
    assert 0 < report["found"] < 100
    assert 0 < report["p50_us"] <= report["p99_us"] <= report["max_us"]


def test_the_same_seed_looks_at_the_same_comments() -> None:
    first, again = (measure(50, 1000, seed=7) for _ in range(2))
    assert (first["found"], first["mean_chars"]) == (again["found"], again["mean_chars"])
    assert measure(50, 1000, seed=8)["mean_chars"] != first["mean_chars"]
