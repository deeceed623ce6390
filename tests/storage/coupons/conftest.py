"""An open shop on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.coupons.shop import Shop, opened
from tests.support.clock import FakeClock


@pytest.fixture
async def shop(url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Shop]:
    """With a room and no campaign."""
    async with opened(url, tmp_path / "data", clock) as shop:
        yield shop
