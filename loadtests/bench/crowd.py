"""Everybody who is connected in a run: speakers and viewers, seated at a pace the server can be asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from loadtests.bench.account import Account, Window, make_account
from loadtests.bench.contenders import Contender
from loadtests.bench.dialer import Attempt, Dialer
from loadtests.bench.messages import TextMaker
from loadtests.bench.progress import Progress
from loadtests.bench.senders import SpeakerPool
from loadtests.bench.viewers import ViewerPool

IN_FLIGHT: Final = 64
"""Connections opened at the same time."""
_VIEWER: Final = 0
_SPEAKER: Final = 1


class Crowd:
    """The sockets of one run."""

    def __init__(self, contender: Contender, port: int, seed: int, progress: Progress) -> None:
        """Nobody is there yet."""
        self._contender = contender
        self._progress = progress
        self.viewers = ViewerPool(contender.dialect)
        self.speakers = SpeakerPool(contender.dialect, TextMaker(seed))
        self._dialer = Dialer(contender.dialect, port, self._seat, seed)
        self.viewers.watch(self._dialer.fileno(), lambda: self._dialer.poll(0))
        self.viewers.watch(self.speakers.fileno(), self.speakers.serve)

    def seat_speakers(self, count: int) -> None:
        """Let the speakers join. Raises JoinRefused."""
        self._seat_all(count, self._contender.make_speaker_token, _SPEAKER, 1000.0)

    def seat_viewers(self, count: int, per_s: float) -> float:
        """Let the viewers join, at most so many in a second. Returns the seconds it took. Raises JoinRefused."""
        started = time.monotonic()
        self._seat_all(count, self._contender.make_viewer_token, _VIEWER, per_s)
        return time.monotonic() - started

    def idle(self, seconds: float) -> None:
        """Only read, for so long."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self.viewers.poll(left)

    def account(self, viewers: int, plan: Window, marks: Window) -> Account:
        """Count what so many viewers got of what the speakers said (`make_account`)."""
        seen = self.viewers
        return make_account(seen.chunks, seen.anomalies, self.speakers.sent_ns, viewers, plan, marks)

    def _seat_all(self, count: int, make_token: Callable[[int], str], label: int, per_s: float) -> None:
        started = time.monotonic()
        dialled = 0
        while dialled < count or self._dialer.under_way:
            allowed = min(count, int((time.monotonic() - started) * per_s) + 1)
            while dialled < allowed and self._dialer.under_way < IN_FLIGHT:
                self._dialer.dial(make_token(dialled), label)
                dialled += 1
            self.viewers.poll(0.005)
            self._dialer.check_deadline()
            if label == _VIEWER:
                self._progress.tell_now_and_then(f"{self._contender.name}: {self.viewers.size} of {count} viewers")

    def _seat(self, attempt: Attempt, position: int, rest: bytes) -> None:
        if attempt.label == _SPEAKER:
            self.speakers.add(attempt.seat, rest)
        else:
            self.viewers.add(attempt.seat, position, rest)

    def close(self) -> None:
        """Close every socket."""
        self._dialer.close()
        self.speakers.close()
        self.viewers.close()
