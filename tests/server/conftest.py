"""A verifier and an issuer with the settings of `tests.support.jwts`."""

from __future__ import annotations

import pytest

from liveroom.server.auth import Revocations, TokenIssuer, TokenVerifier, make_verifier
from tests.support.clock import FakeClock
from tests.support.jwts import SETTINGS


@pytest.fixture
def now_s(clock: FakeClock) -> int:
    return clock.now_ms() // 1000


@pytest.fixture
def revocations(clock: FakeClock) -> Revocations:
    return Revocations(clock)


@pytest.fixture
def verifier(clock: FakeClock, revocations: Revocations) -> TokenVerifier:
    return make_verifier(SETTINGS, clock=clock, revocations=revocations)


@pytest.fixture
def issuer(clock: FakeClock) -> TokenIssuer:
    return TokenIssuer(SETTINGS, clock)
