"""A place for the data of the servers that are killed: a file, or a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import running_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def crash_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a database, and the settings of a server that uses it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'liveroom.sqlite3'}", {"LIVEROOM_DATA_DIR": str(tmp_path)}
        return
    with running_postgresql() as cluster:
        url = cluster.create()
        yield url, {"LIVEROOM_DATABASE_URL": url}
