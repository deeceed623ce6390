"""When the Python client comes back, and when it stays away."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.client.backoff import CEILING_MS, Backoff, may_reconnect

RETURNS = [*range(4000, 4005), 4099, 4100, 4103, 4199, 1005, 1006, 1011, 1012, 1013, 3000, 4300]
STAYS_AWAY = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4408, 4409, 4413, 4426, 4499]


@pytest.mark.parametrize("code", RETURNS)
def test_codes_after_which_a_client_returns(code: int) -> None:
    """The reconnecting ranges, and codes of no range."""
    assert may_reconnect(code)


@pytest.mark.parametrize("code", STAYS_AWAY)
def test_codes_after_which_a_client_stays_away(code: int) -> None:
    """The final ranges."""
    assert not may_reconnect(code)


@given(seed=st.integers(), least_ms=st.integers(0, 60_000), attempts=st.integers(1, 40))
def test_a_wait_is_never_below_what_the_server_asked_nor_above_the_ceiling(
    seed: int, least_ms: int, attempts: int
) -> None:
    """Full jitter on top of the lower bound."""
    backoff = Backoff(random.Random(seed).random)
    for attempt in range(attempts):
        most = min(CEILING_MS, 500 * 2**attempt)
        assert least_ms <= backoff.next_ms(least_ms) <= least_ms + most


def test_ten_good_seconds_make_the_next_cut_a_first_one() -> None:
    """And a shorter connection does not."""
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_ms(), backoff.next_ms()] == [500, 1000]
    backoff.lasted(9.9)
    assert backoff.next_ms() == 2000
    backoff.lasted(10.0)
    assert backoff.next_ms() == 500
