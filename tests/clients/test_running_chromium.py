"""The browser of tests is gone when they have ended."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.support.chromium import running_chromium

SCRIPT = """#!/bin/sh -e
sh -c 'echo "DevTools listening on ws://127.0.0.1:1/" >&2; while :; do sleep 1; done; true'
true
"""
"""As Debian starts the headless shell: in a process beside the script."""


def test_a_browser_behind_a_script_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    monkeypatch.setenv("LIVEROOM_CHROMIUM", str(program))
    before = psutil.Process().children(recursive=True)
    with running_chromium() as address:
        assert address == "ws://127.0.0.1:1/"
        started = [each for each in psutil.Process().children(recursive=True) if each not in before]
        assert len(started) >= 2
    _, alive = psutil.wait_procs(started, 10)
    assert alive == []
