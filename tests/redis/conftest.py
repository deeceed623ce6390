"""A Valkey for every test: some of them kill it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.valkey import Valkey, running_valkey


@pytest.fixture
def server() -> Iterator[Valkey]:
    """Empty, and this test's own."""
    with running_valkey() as server:
        yield server
