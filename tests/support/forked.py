"""Servers of tests as processes forked from a loaded one (`nursery.py`), with the handle that `subprocess.Popen` gives.

Promise: one nursery for each process of a test run, started with the first server and gone with the run. What is in
no test's way here, the cold start, is what workers (tests/workers) and the load tests do.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from tests.support.nursery import NUMBER

START_S = 120.0
NO_CONSTANTS: Mapping[str, float] = {}


class Forked:
    """A running server; the methods are those of `subprocess.Popen`."""

    def __init__(self, told: int, words: Sequence[str]) -> None:
        self._told = told
        self._words = words
        self._lock = threading.Lock()
        self.returncode: int | None = None
        pid = self._read(START_S)
        assert pid is not None, "the nursery did not start a server"
        self.pid = pid

    def poll(self) -> int | None:
        """Its exit status (negative: the signal that ended it), None while it runs."""
        with self._lock:
            if self.returncode is None:
                self._end(self._read(0))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; `subprocess.TimeoutExpired` when it takes longer."""
        with self._lock:
            if self.returncode is None:
                self._end(self._read(timeout))
        if self.returncode is None:
            raise subprocess.TimeoutExpired(list(self._words), timeout or 0)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        look = select.poll()
        look.register(self._told, select.POLLIN)
        if not look.poll(None if timeout is None else timeout * 1000):
            return None
        told = os.read(self._told, NUMBER.size)
        assert told, "the nursery lost a server"
        number: int = NUMBER.unpack(told)[0]
        return number

    def _end(self, status: int | None) -> None:
        self.returncode = status
        if status is not None:
            os.close(self._told)


class Nursery:
    """The loaded process, from here."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        atexit.register(self.close)

    def start(
        self, words: Sequence[str], env: Mapping[str, str], log: IO[bytes], constants: Mapping[str, float]
    ) -> Forked:
        """Fork a server that runs `liveroom WORDS`."""
        told, theirs = os.pipe()
        try:
            request = json.dumps({"words": words, "env": dict(env), "constants": dict(constants)}).encode()
            socket.send_fds(self._requests, [request], [log.fileno(), theirs])
        finally:
            os.close(theirs)
        return Forked(told, words)

    def close(self) -> None:
        """Let it end."""
        self._requests.close()
        self._process.wait()


_lock = threading.Lock()
_nurseries: list[Nursery] = []


def start_liveroom(
    words: Sequence[str], env: Mapping[str, str], log: IO[bytes], constants: Mapping[str, float] = NO_CONSTANTS
) -> Forked:
    """Start the command `liveroom` with these words and this environment; both its outputs go to `log`.

    Args:
        constants: other values for some, as `liveroom.server.doorkeeper.LOOK_S`; a module that has imported one by its
            name has its own.
    """
    with _lock:
        if not _nurseries:
            _nurseries.append(Nursery())
    return _nurseries[0].start(words, env, log, constants)
