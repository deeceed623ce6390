"""Memory that grows under the same load is told; what fills up at first, or too little to tell, is not."""

from __future__ import annotations

import pytest

from loadtests.gate.growth import find_growth
from loadtests.target.own_view import Sample

MB = 1_000_000


def look(values_mb: list[float]) -> list[Sample]:
    name = ("process_resident_memory_bytes", "")
    return [Sample(3.0 * at, {name: value * MB}, {}) for at, value in enumerate(values_mb)]


@pytest.mark.parametrize(
    ("values_mb", "grows"),
    [
        ([100 + at for at in range(200)], True),
        ([50, 80, 110, *([120] * 197)], False),
        ([100 + at / 20 for at in range(200)], False),
        ([400 + at / 5 for at in range(200)], False),
        ([100, 300], False),
        ([], False),
    ],
)
def test_only_what_goes_on_growing_is_a_finding(values_mb: list[float], grows: bool) -> None:
    assert (find_growth(look(values_mb)) is not None) is grows


def test_the_finding_names_both_ends() -> None:
    found = find_growth(look([100 + at for at in range(200)]))
    assert found is not None
    assert "from 130 to 290 MB" in found.says
