"""One worker process as the server sees it: started, asked, watched, and started again when it dies.

Promise: an answer comes within `ANSWER_S` or `MediaUnavailable`; a worker that ends, or does not answer, is replaced
at once the first time, then after growing pauses; whoever depends on it is told `down` and `up`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.realtime.media.events import MediaEvent
from liveroom.realtime.media.sfu.questions import Questions
from liveroom.realtime.media.sfu.rpc import Line, Message, open_line, unpack_event

logger = logging.getLogger(__name__)

START_S = 15.0
ANSWER_S = 3.0
PING_S = 1.0
LONGEST_PAUSE_S = 10.0
GOOD_S = 30.0
"""A worker that ran for so long begins the next series of pauses anew."""
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """What a worker said last. `load` is its share of a core; packets since its start."""

    load: float = 0.0
    connections: int = 0
    packets_in: int = 0
    packets_out: int = 0


class WorkerProcess:
    """See the module.

    Args:
        start: the first message to the worker.
        on_event: hears what it tells.
        on_up, on_down: called when a worker is ready, and when it is gone.
    """

    def __init__(
        self,
        start: Message,
        on_event: Callable[[MediaEvent], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
    ) -> None:
        self._start = start
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._questions = Questions(ANSWER_S)
        self._line: Line | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._runner: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._is_stopping = False
        self.health = Health()
        self.restarts = 0

    @property
    def is_up(self) -> bool:
        """Whether it takes commands."""
        return self._line is not None

    @property
    def pid(self) -> int | None:
        """Of the process there is now."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start it. Raises MediaUnavailable when it is not ready in time; it may be tried again."""
        self._is_stopping = False
        self._runner = asyncio.create_task(self._keep_running())
        try:
            async with asyncio.timeout(START_S):
                await self._ready.wait()
        except TimeoutError:
            await self.stop()
            raise MediaUnavailable("the media worker did not start in time; its log says why") from None

    async def stop(self) -> None:
        """End it."""
        self._is_stopping = True
        if self._line is not None:
            self._line.close()
        if self._runner is not None:
            try:
                async with asyncio.timeout(STOP_S):
                    await asyncio.shield(self._runner)
            except TimeoutError:
                self._runner.cancel()
                await asyncio.gather(self._runner, return_exceptions=True)

    async def ask(self, do: str, /, **fields: object) -> Message:
        """Have a command carried out.

        Raises:
            MediaError: the worker refuses, or does not answer in time.
        """
        done: Message = await self._questions.ask(self._line, do, **fields)
        return done

    # --- running ------------------------------------------------------------------------------------------------

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = 0.0
        while True:
            began_s = loop.time()
            try:
                await self._run_once()
            except Exception:
                logger.exception("a media worker could not be started, or told what nobody understands")
            if self._is_stopping:
                return
            pause_s = 0.0 if loop.time() - began_s > GOOD_S else min(LONGEST_PAUSE_S, 2 * pause_s + 0.1)
            self.restarts += 1
            logger.warning("a media worker ended; it is started again")
            await asyncio.sleep(pause_s)

    async def _run_once(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = str(theirs.fileno())
            command = (sys.executable, "-m", "liveroom.realtime.media.sfu.worker", number)
            self._process = await asyncio.create_subprocess_exec(
                *command, pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL
            )
        line = await open_line(ours)
        try:
            line.send(self._start)
            if await line.receive() == {"ready": True}:
                self._line = line
                self._ready.set()
                self._on_up()
                await self._listen(line)
        finally:
            self._line = None
            line.close()
            await self._end_process()
            self._questions.fail()
            if not self._is_stopping:
                self._on_down()

    async def _listen(self, line: Line) -> None:
        watching = asyncio.create_task(self._watch(line))
        try:
            while (message := await line.receive()) is not None:
                if "event" in message:
                    self._on_event(unpack_event(message))
                else:
                    self._questions.settle(message)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, line: Line) -> None:
        while True:
            await asyncio.sleep(PING_S)
            try:
                said = await self.ask("ping")
            except MediaUnavailable:
                logger.warning("a media worker does not answer; it is ended")
                line.close()
                if self._process is not None:
                    self._process.kill()
                return
            self.health = Health(said["load"], said["connections"], said["in"], said["out"])

    async def _end_process(self) -> None:
        process, self.health = self._process, Health()
        if process is None:
            return
        try:
            async with asyncio.timeout(STOP_S / 2):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
