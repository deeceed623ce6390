"""One process that is kept running until it is told to end.

Promise: as long as `run` runs there is such a process, except for the pauses after it has ended by itself; when `run`
ends there is none.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from liveroom.server.workers.pauses import Pauses

logger = logging.getLogger(__name__)

REFUSED = 2
"""Exit status of a process that has said why it can never start (liveroom.server.cli)."""
SAID_CHARS = 500


class ChildRefused(Exception):
    """It can never start; it has said why."""


class Child:
    """See the module.

    Args:
        name: for the log.
        log: where it writes what it has to say; None: where this process does.
        end_s: from the signal to end until it is killed.
    """

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, end_s: float, log: Path | None = None
    ) -> None:
        self.name = name
        self._command = tuple(command)
        self._env = dict(env)
        self._end_s = end_s
        self._log = log
        self._pauses = Pauses()
        self._process: asyncio.subprocess.Process | None = None
        self._ending = asyncio.Event()
        self._ending_by: signal.Signals | None = None

    async def run(self) -> int:
        """Keep it running until `end`; gives the exit status of the last one.

        Raises:
            ChildRefused: it cannot start, however often it is tried.
        """
        while True:
            started_s = time.monotonic()
            status = await self._live()
            if self._ending.is_set():
                return status
            if status == REFUSED:
                raise ChildRefused(self.name)
            pause_s = self._pauses.after(time.monotonic() - started_s)
            self._tell(status, pause_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause_s)
                return status

    async def _live(self) -> int:
        """From the start of one process to its end."""
        # A session of its own: Ctrl-C in a terminal goes to this process, which says when the others end.
        process = await asyncio.create_subprocess_exec(
            *self._command, env=self._env, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        self._process = process
        if self._ending_by is not None:  # told while it was being started
            process.send_signal(self._ending_by)
        status = await process.wait()
        self._process = None
        return status

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to end, and see to it that it does."""
        is_first = not self._ending.is_set()
        self._ending.set()
        self._ending_by = number
        if self._process is not None:
            self._process.send_signal(number)
        if is_first:
            asyncio.get_running_loop().call_later(self._end_s, self._kill)

    def _kill(self) -> None:
        if self._process is not None:
            logger.error("process_killed", extra={"program": self.name, "after_s": self._end_s})
            self._process.kill()

    def _tell(self, status: int, pause_s: float) -> None:
        facts: dict[str, object] = {"program": self.name, "status": status, "again_in_s": pause_s}
        if self._log is not None:
            with suppress(OSError):
                facts["said"] = self._log.read_text("utf-8", "replace")[-SAID_CHARS:]
        logger.error("process_ended", extra=facts)
