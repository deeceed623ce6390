"""An open hall on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.stage.hall import Hall, opened
from tests.support.clock import FakeClock


@pytest.fixture
async def hall(url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Hall]:
    """With a room of the scene `show` that is live."""
    async with opened(url, tmp_path / "data", clock) as hall:
        yield hall
