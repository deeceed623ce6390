"""What every test gets: a clock that stands still, and log settings that do not leak from one test to the next."""

from __future__ import annotations

import gc
import logging
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from liveroom.realtime.collection import THRESHOLDS
from tests.support.clock import FakeClock
from tests.support.patience import give_time

ALONE = (
    "chaos",
    "crash",
    "load/test_gate_goes_red.py",
    "load/test_web_page.py",
    "loadtests/test_against_liveroom.py",
    "loadtests/test_cli.py",
    "loadtests/test_fanout.py",
    "loadtests/test_peers.py",
    "media/test_faults.py",
    "faults/test_others_go_on.py",
    "faults/test_slow_peers.py",
    "moderation/test_bench.py",
)
"""What measures time under load, or fills both cores by itself with a storm or with nodes, and so wants the machine
alone: marked `alone`, run after everything else. Tests of pages measure nothing and have patience, so they go beside
others."""
LONG = (
    "browser/test_pages.py",
    "storage/battles/test_losses.py",
    "browser/test_coupons.py",
    "specs/test_schemas.py",
    "browser/test_show.py",
    "clients/test_conformance.py",
    "browser/test_air.py",
    "storage/battles/test_fighting.py",
    "browser/test_talk.py",
    "workers/test_serve_workers.py",
    "browser/test_battle.py",
    "specs/test_openapi.py",
    "browser/test_gifts.py",
    "wire/test_segments.py",
    "browser/test_stage.py",
    "storage/stage/test_service.py",
    "browser/test_order.py",
    "storage/test_processes.py",
    "media/test_browser.py",
    "contracts/test_shared_engine.py",
    "browser/test_questions.py",
    "deploy/test_as_processes.py",
    "browser/test_draws.py",
    "workers/test_media.py",
)
"""Files that take more than 15 s: begun first, so that no process is left with one of them when all others are done,
and those that wait for pages by turns with those that compute."""
HERE = Path(__file__).parent
# Every run looks at the same examples, so that a run that fails can be had again; `make fuzz` looks for new ones.
# No deadline: on a busy machine every example may be late.
settings.register_profile("liveroom", deadline=None, derandomize=not os.environ.get("FUZZ"))
settings.load_profile("liveroom")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@cache
def _wants_it_alone(path: Path) -> bool:
    return any(path.is_relative_to(HERE / name) for name in ALONE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not load files of which the run will take nothing."""
    if collection_path.suffix != ".py":
        return None
    left_out = {"alone": not _wants_it_alone(collection_path), "not alone": _wants_it_alone(collection_path)}
    return left_out.get(config.option.markexpr) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in `ALONE`, and put `LONG` first."""
    for item in items:
        if _wants_it_alone(item.path):
            item.add_marker("alone")
    place = {HERE / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: to look through it again and again took a tenth of the time of all tests."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only the test turns."""
    return FakeClock()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    give_time(monkeypatch)


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
