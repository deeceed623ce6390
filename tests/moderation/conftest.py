"""A node with a live room for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.moderation.theatre import Stage, playing


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A node whose room is live."""
    async with playing(tmp_path) as stage:
        yield stage
