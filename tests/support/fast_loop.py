"""An event loop whose time leaps to whatever is due next, for what waits for minutes and asks no network."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class FastLoop(asyncio.SelectorEventLoop):
    """See the module."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__()

    def time(self) -> float:
        """Seconds since its beginning; the work itself takes none."""
        return self._now_s

    def _run_once(self) -> None:
        own: Any = self
        due_s = [handle.when() for handle in own._scheduled if not handle.cancelled()]
        if due_s and not own._ready:
            self._now_s = max(self._now_s, min(due_s))
        super()._run_once()  # type: ignore[misc] # how all loops of asyncio turn


def hasten() -> None:
    """Let the running loop be such a one from now on: what hangs is given up at once, and nothing else ever is.

    On a loop of real time a step that may take 20 ms is given up, too, when the process has no processor for so long.
    """
    loop: Any = asyncio.get_running_loop()
    loop._now_s = loop.time()
    loop.__class__ = FastLoop


def run_fast(work: Coroutine[Any, Any, None]) -> None:
    """Run this without waiting for real."""
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        runner.run(work)
