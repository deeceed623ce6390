"""Every socket the settings allow fits into the limit of open files, or the start says what to do."""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.open_files import SPARE_FILES, fit_open_files
from liveroom.server.settings import load_settings

OTHERS = 1_000 + 10 + SPARE_FILES
"""Files beside those of WebSockets, with the default settings."""


class Limit:
    """The limit of open files, as the system would have it."""

    def __init__(self, soft: int, hard: int, monkeypatch: pytest.MonkeyPatch, *, stubborn: bool = False) -> None:
        self.now = soft, hard
        self._stubborn = stubborn
        monkeypatch.setattr(resource, "getrlimit", lambda _: self.now)
        monkeypatch.setattr(resource, "setrlimit", self.set)

    def set(self, _: int, wanted: tuple[int, int]) -> None:
        """Take a new limit, as far as the hard one allows it."""
        soft, hard = wanted
        if self._stubborn or (self.now[1] != resource.RLIM_INFINITY and soft > self.now[1]):
            raise ValueError
        self.now = soft, hard


@pytest.mark.parametrize("hard", [30_000, 1_000_000, resource.RLIM_INFINITY])
def test_the_soft_limit_is_raised_to_what_is_needed_and_no_further(monkeypatch: pytest.MonkeyPatch, hard: int) -> None:
    limit = Limit(1_024, hard, monkeypatch)
    settings = load_settings(max_connections=20_000)
    assert fit_open_files(settings) == settings
    assert limit.now == (20_000 + OTHERS, hard)


def test_a_limit_that_is_high_enough_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft in (500_000, resource.RLIM_INFINITY):
        limit = Limit(soft, resource.RLIM_INFINITY, monkeypatch, stubborn=True)
        assert fit_open_files(load_settings()).max_connections == 20_000
        assert limit.now[0] == soft


def test_the_default_number_is_made_to_fit_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limit = Limit(1_024, 4_096, monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert fit_open_files(load_settings()).max_connections == 4_096 - OTHERS
    assert limit.now == (4_096, 4_096)
    [record] = caplog.records
    assert (record.message, vars(record)["allowed"]) == ("open_files_too_few", 4_096)


@pytest.mark.parametrize(("hard", "asked"), [(4_096, 4_000), (1_300, None)])
def test_a_number_that_was_asked_for_and_does_not_fit_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, hard: int, asked: int | None
) -> None:
    """So does a limit with which nothing can be served."""
    Limit(1_024, hard, monkeypatch)
    settings = load_settings() if asked is None else load_settings(max_connections=asked)
    with pytest.raises(ConfigurationRefused, match="LIVEROOM_MAX_CONNECTIONS") as refused:
        fit_open_files(settings)
    assert str(hard) in refused.value.message
    assert "ulimit -Hn" in refused.value.message


def test_a_system_that_does_not_let_the_limit_be_raised_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    Limit(2_000, resource.RLIM_INFINITY, monkeypatch, stubborn=True)
    assert fit_open_files(load_settings()).max_connections == 2_000 - OTHERS


def test_the_command_explains_itself(tmp_path: Path) -> None:
    """With status 2 and without a trace, before anything is opened."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LIVEROOM_")}
    env |= {"LIVEROOM_DATA_DIR": str(tmp_path / "data"), "LIVEROOM_MAX_CONNECTIONS": "9000", "LIVEROOM_PORT": "0"}
    ended = subprocess.run(
        ["sh", "-c", 'ulimit -n 2000; exec "$0" -m liveroom.server serve', sys.executable],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert "LIVEROOM_MAX_CONNECTIONS: 9000 needs 10266 open files and this process may have 2000" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()
