"""What every test gets: a clock that stands still, and log settings that do not leak from one test to the next."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.clock import FakeClock

ALONE = (
    "browser",
    "chaos",
    "crash",
    "load",
    "loadtests",
    "media/test_browser.py",
    "media/test_faults.py",
    "faults/test_others_go_on.py",
    "faults/test_slow_peers.py",
    "moderation/test_bench.py",
)
"""What measures time under load, or fills both cores by itself with browsers or nodes, and so wants the machine alone:
marked `alone`, run after everything else."""
HERE = Path(__file__).parent
settings.register_profile("liveroom", deadline=None)  # on a busy machine every example may be late
settings.load_profile("liveroom")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in `ALONE`."""
    for item in items:
        if any(item.path.is_relative_to(HERE / name) for name in ALONE):
            item.add_marker("alone")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only the test turns."""
    return FakeClock()


@pytest.fixture(autouse=True)
def _restore_logs() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _no_token_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """In no test may a token reach a logger, not even one that redacts (S11)."""
    yield
    leaks = [record.name for record in caplog.get_records("call") if _TOKEN.search(record.getMessage())]
    assert not leaks, f"a token was logged by {leaks}"
