"""Commands that wait for somebody outside - a judge, the database - while the room goes on with the others.

Promise: each comes again with what it waited for, once, or is refused; a repeat of one that waits is decided after it,
so that nothing is done twice. Those that wait are bounded: above `MOST_WAITING` a command is refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.requests import Deferred, Request

logger = logging.getLogger(__name__)

MOST_WAITING = 1_024
RETRY_MS = 500


class Deferral:
    """See the module.

    Args:
        refuse: answers a request that comes to nothing, whose verdict is an error.
    """

    def __init__(self, refuse: Callable[[Request], None]) -> None:
        self._refuse = refuse
        self.again: Callable[[Request], None] = _nobody
        """Takes a request whose wait is over; it was accepted once, and is not refused now."""
        self.tasks: set[asyncio.Task[None]] = set()
        self._fresh: list[tuple[Request, Deferred, asyncio.Event]] = []
        self._by_key: dict[str, asyncio.Event] = {}
        """Ends of the waits of commands with a key."""

    def follow(self, request: Request) -> bool:
        """Whether a request repeats one that waits; then it waits for that one's end."""
        earlier = self._by_key.get(request.unique_key) if request.key is not None else None
        if earlier is None:
            return False

        async def wait(_: Request) -> None:
            await earlier.wait()

        self._take(request, Deferred(wait))
        return True

    def take(self, request: Request, deferred: Deferred) -> None:
        """Let a request wait; its verdict says so, or that too many do."""
        ended = self._take(request, deferred)
        if ended is not None and request.key is not None:
            self._by_key[request.unique_key] = ended

    def start(self) -> None:
        """Begin what was taken; not before its batch is answered, which would answer what has come back already."""
        fresh, self._fresh = self._fresh, []
        for request, deferred, ended in fresh:
            task = asyncio.ensure_future(self._wait(request, deferred, ended))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _take(self, request: Request, deferred: Deferred) -> asyncio.Event | None:
        if len(self.tasks) + len(self._fresh) >= MOST_WAITING:
            text = "the room has more commands waiting than it can take"
            request.verdict = RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=RETRY_MS)
            return None
        request.verdict, request.has_waited = deferred, True
        ended = asyncio.Event()
        self._fresh.append((request, deferred, ended))
        return ended

    async def _wait(self, request: Request, deferred: Deferred, ended: asyncio.Event) -> None:
        error: RealtimeError | None = None
        try:
            await deferred.work(request)
        except RealtimeError as refused:
            error = refused
        except Exception:
            logger.exception("what %s waited for failed", request.declared.name)
            error = RealtimeError(ErrorCode.INTERNAL, "the server has a fault")
        finally:
            ended.set()
            if request.key is not None and self._by_key.get(request.unique_key) is ended:
                del self._by_key[request.unique_key]
        request.verdict = error
        if error is None:
            self.again(request)
        else:
            self._refuse(request)


def _nobody(request: Request) -> None:
    """Until there is a queue."""
