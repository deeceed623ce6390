"""A server under test as a process: started on its core, watched, measured, stopped.

Its CPU and memory are read by the kernel's own accounts and include its children.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from loadtests.bench.errors import ServerFailed
from loadtests.bench.machine import pinned
from loadtests.bench.process import find_family, read_cpu_s, read_private_bytes

READY_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
_LOG_BYTES: Final = 2000


def find_port() -> int:
    """A loopback TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class ServerProcess:
    """One running server. A context manager: leaving it stops the process."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        core: int | None,
        environment: Mapping[str, str],
        ready: Callable[[], bool],
        directory: Path | None = None,
    ) -> None:
        """Say how to start it.

        Args:
            command: program and arguments.
            core: the core it is bound to; None: any.
            environment: variables added to those of this process.
            ready: asked until it says yes.
            directory: working directory; without one, an empty one that is thrown away.
        """
        self._command = list(command)
        self._core = core
        self._environment = {**os.environ, **environment}
        self._ready = ready
        self._directory = directory
        self._stack = contextlib.ExitStack()
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._family: list[int] = []

    def __enter__(self) -> ServerProcess:
        """Start and wait until it is ready. Raises ServerFailed."""
        directory = self._directory or self._stack.enter_context(tempfile.TemporaryDirectory(prefix="liveroom-bench-"))
        self._log = self._stack.enter_context(tempfile.TemporaryFile())
        with pinned(self._core) if self._core is not None else contextlib.nullcontext():
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _await_ready(self) -> None:
        limit = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < limit:
            self.check_alive()
            if self._ready():
                self._family = find_family(self._running.pid)
                return
            time.sleep(0.05)
        raise ServerFailed(
            f"{self._command[-1]} was not ready after {READY_TIMEOUT_S:.0f} s. Its log: {self._read_log()}"
        )

    def check_alive(self) -> None:
        """Raise ServerFailed, with the end of its log, if the process has ended."""
        code = self._running.poll()
        if code is not None:
            raise ServerFailed(f"the server ended with code {code}. Its log: {self._read_log()}")

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerFailed("the server has not been started")
        return self._process

    @property
    def pid(self) -> int:
        """Number of the process. Raises ServerFailed before it is started."""
        return self._running.pid

    def read_cpu_s(self) -> float:
        """CPU seconds, user and system, used by it and its children since the start.

        The children are those of the last look at memory: finding them takes too long for a busy moment.
        """
        return read_cpu_s(self._family)

    def read_memory_bytes(self) -> int:
        """Memory that belongs to it and its children alone (USS)."""
        self._family = find_family(self._running.pid)
        return read_private_bytes(self._family)

    def _read_log(self) -> str:
        if self._log is None:
            return "(none)"
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _LOG_BYTES))
        return self._log.read().decode("utf-8", "replace").strip() or "(empty)"

    def stop(self) -> None:
        """Ask it to stop, and end it if it does not."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._process = None
        self._log = None
        self._stack.close()
