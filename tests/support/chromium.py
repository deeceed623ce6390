"""A Chromium for tests that need a browser. Promise: found and started, or a clear line why not; never a skip."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_TIMEOUT_S = 60
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""In this order: the shell is Chromium without what a window needs, and a page costs it less than half the CPU."""
FLAGS = (
    "--headless=new",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--remote-debugging-port=0",
)


def find_chromium() -> str:
    """The program: LIVEROOM_CHROMIUM, one on the PATH, or Playwright's own."""
    given = os.environ.get("LIVEROOM_CHROMIUM")
    found = given or next((path for name in NAMES if (path := shutil.which(name))), None) or _of_playwright()
    assert found, "these tests need a Chromium: install one, or name it in LIVEROOM_CHROMIUM"
    return found


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.access(path, os.X_OK) else None


@contextmanager
def running_chromium() -> Iterator[str]:
    """Start a headless Chromium; gives the address of its remote debugging."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        command = [find_chromium(), *FLAGS, *root, f"--user-data-dir={profile}", "about:blank"]
        # In a group of its own: where the program is a script that starts the browser, both have to end.
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, process_group=0
        )
        assert process.stderr is not None
        stop = threading.Timer(START_TIMEOUT_S, os.killpg, (process.pid, signal.SIGKILL))
        stop.start()
        drain = threading.Thread(target=process.stderr.read, daemon=True)  # a full pipe would stop the browser
        try:
            heard = (re.search(r"DevTools listening on (ws://\S+)", line) for line in process.stderr)
            address = next((found[1] for found in heard if found), None)
            stop.cancel()
            assert address, f"{Path(command[0]).name} ended or did not open its debugging port in {START_TIMEOUT_S} s"
            drain.start()
            yield address
        finally:
            stop.cancel()
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                if drain.is_alive():
                    drain.join(10)
            process.wait(10)
            process.stderr.close()
