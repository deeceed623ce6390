"""The client under test: a program that is told what to do on stdin and tells what it experienced on stdout.

Promise: the contract is JSON lines, described in docs/conformance.md; the program is ended with the scenario, at
the latest 5 s after it was told to close. Overflow: a program that prints more than `REPORTS_MAX` lines is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from liveroom.server.conformance.verdict import Broken

Report = dict[str, Any]
REPORTS_MAX = 20_000
LINE_BYTES_MAX = 4 * 1024 * 1024
EXIT_TIMEOUT_S = 5.0
STDERR_LINES_KEPT = 40


class Subject:
    """One run of the program."""

    def __init__(self, process: asyncio.subprocess.Process, note: Callable[[str], None]) -> None:
        self.reports: list[Report] = []
        self._process = process
        self._note = note
        self._news = asyncio.Event()
        self._readers = [asyncio.create_task(self._read_reports()), asyncio.create_task(self._read_stderr())]

    @classmethod
    async def launch(cls, command: Sequence[str], note: Callable[[str], None]) -> Subject:
        """Start the program.

        Raises:
            Broken: it cannot be started.
        """
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=pipe, limit=LINE_BYTES_MAX
            )
        except OSError as fault:
            raise Broken(f"the adapter {command[0]} cannot be started: {fault.strerror}") from fault
        return cls(process, note)

    async def tell(self, instruction: Report) -> None:
        """Write one instruction.

        Raises:
            Broken: the program has ended.
        """
        self._note(f"told    {json.dumps(instruction, ensure_ascii=False)[:300]}")
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise Broken("the adapter does not read its instructions any more")
        try:
            stdin.write(json.dumps(instruction).encode() + b"\n")
            await stdin.drain()
        except ConnectionError as fault:
            raise Broken("the adapter ended before the scenario did") from fault

    async def wait_until(self, holds: Callable[[list[Report]], bool], within_s: float, otherwise: str) -> None:
        """Wait until the reports so far fulfil `holds`.

        Raises:
            Broken: not within `within_s`, or the program ended; the message is `otherwise`.
        """
        try:
            async with asyncio.timeout(within_s):
                while not holds(self.reports):
                    if self._readers[0].done():
                        raise Broken(f"{otherwise} (the adapter ended)")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Broken(f"{otherwise} (waited {within_s:g} s)") from None

    async def wait_ended(self) -> None:
        """Return when the program has closed its stdout, as it does when it ends."""
        await asyncio.wait([self._readers[0]])

    async def wait_exit(self, within_s: float) -> int:
        """The exit status.

        Raises:
            Broken: the program goes on.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._process.wait()
        except TimeoutError:
            raise Broken(f"the adapter did not exit within {within_s:g} s after close") from None

    async def end(self) -> None:
        """Ask the program to end by closing its stdin; kill it when it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(EXIT_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _read_reports(self) -> None:
        stdout = self._process.stdout
        while stdout is not None and (line := await stdout.readline()) and len(self.reports) < REPORTS_MAX:
            with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
                report = json.loads(line)
                if isinstance(report, dict) and "saw" in report:
                    self._note(f"saw     {line.decode().strip()[:300]}")
                    self.reports.append(report)
            self._news.set()
        self._news.set()

    async def _read_stderr(self) -> None:
        stderr = self._process.stderr
        kept = 0
        while stderr is not None and (line := await stderr.readline()):
            kept += 1
            if kept <= STDERR_LINES_KEPT:
                self._note(f"stderr  {line.decode(errors='replace').rstrip()[:300]}")
