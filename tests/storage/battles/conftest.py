"""An open arena on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.storage.battles.arena import Arena, opened
from tests.support.clock import FakeClock

Open = Callable[..., AbstractAsyncContextManager[Arena]]


@pytest.fixture
def open_arena(url: str, tmp_path: Path, clock: FakeClock) -> Open:
    """Opens another process on the same database."""

    def open_one(**settings: Any) -> AbstractAsyncContextManager[Arena]:
        return opened(url, tmp_path / "data", clock, **settings)

    return open_one


@pytest.fixture
async def arena(open_arena: Open) -> AsyncIterator[Arena]:
    """With four live rooms."""
    async with open_arena() as arena:
        yield arena
