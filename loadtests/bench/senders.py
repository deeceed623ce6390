"""The speakers: a few sockets that follow the schedule and never wait for an answer.

Open model: a message is due when the plan says so. How far the generator itself fell behind its plan is
recorded; a server that stops reading does not slow the plan down, its messages pile up in a bounded buffer.
"""

from __future__ import annotations

import select
import socket
from collections import Counter
from typing import Final

from loadtests.bench.dialects import Dialect
from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.histogram import Histogram
from loadtests.bench.messages import TextMaker
from loadtests.bench.schedule import Schedule

BACKLOG_BYTES: Final = 16 * 1024 * 1024
"""Unsent bytes of one speaker; above this the run ends with an error."""
_MASK: Final = b"\x9c\x02\x5e\x81"
FIRST_COMMAND: Final = 2
"""Command numbers begin after the one of `connect`."""


class Speaker:
    """One socket that talks; what it hears is read for answers and otherwise dropped."""

    def __init__(self, seat: socket.socket) -> None:
        """Take over a socket that has joined."""
        self.seat = seat
        self.tail = b""
        self.backlog = bytearray()
        self.number = FIRST_COMMAND

    def say(self, payload: bytes, opcode: int = TEXT) -> None:
        """Send as much as the socket takes, keep the rest. Raises ServerFailed."""
        self.backlog += make_frame(payload, _MASK, opcode)
        self.flush()
        if len(self.backlog) > BACKLOG_BYTES:
            raise ServerFailed(f"the server has not read {len(self.backlog)} bytes of one speaker; lower the rate")

    def flush(self) -> None:
        """Send what was kept. Raises ServerFailed."""
        try:
            del self.backlog[: self.seat.send(self.backlog)]
        except BlockingIOError:
            return
        except OSError as error:
            raise ServerFailed(f"the server cut a speaker off: {error}") from error


class SpeakerPool:
    """All sockets that talk, and the plan they follow."""

    def __init__(self, dialect: Dialect, texts: TextMaker) -> None:
        """Speakers of this dialect."""
        self._dialect = dialect
        self._texts = texts
        self._poller = select.epoll()
        self._speakers: list[Speaker] = []
        self._by_fd: dict[int, Speaker] = {}
        self.lag = Histogram()
        self.answers = 0
        self.refusals: Counter[str] = Counter()
        self.sent_ns: list[int] = []
        """Intended time of every message, in order: message n is at n - 1."""

    def add(self, seat: socket.socket, rest: bytes) -> None:
        """Take over a joined socket and the bytes behind its join."""
        speaker = Speaker(seat)
        speaker.tail = rest
        self._speakers.append(speaker)
        self._by_fd[seat.fileno()] = speaker
        self._poller.register(seat.fileno(), select.EPOLLIN)

    @property
    def size(self) -> int:
        """How many can talk."""
        return len(self._speakers)

    def fileno(self) -> int:
        """The poller, to be watched by the audience's."""
        return self._poller.fileno()

    def send_due(self, schedule: Schedule, now_ns: int) -> None:
        """Say everything that is due by now, in turn from each speaker."""
        while schedule.due_ns is not None and schedule.due_ns <= now_ns:
            due = schedule.take()
            self.sent_ns.append(due)
            speaker = self._speakers[len(self.sent_ns) % len(self._speakers)]
            text = self._texts.make(len(self.sent_ns), due)
            speaker.say(self._dialect.say(speaker.number, text))
            speaker.number += 1
            self.lag.add(now_ns - due)

    def serve(self) -> None:
        """Read what the speakers hear and push what they could not send. Raises ServerFailed."""
        for fd, _ in self._poller.poll(0):
            speaker = self._by_fd[fd]
            try:
                data = speaker.seat.recv(262_144)
            except OSError as error:
                raise ServerFailed(f"the connection of a speaker broke: {error}") from error
            if not data:
                raise ServerFailed("the server closed the connection of a speaker")
            self._hear(speaker, speaker.tail + data)
        for speaker in self._speakers:
            if speaker.backlog:
                speaker.flush()

    def _hear(self, speaker: Speaker, data: bytes) -> None:
        frames, speaker.tail = split_frames(data)
        for opcode, payload in frames:
            if opcode == PING:
                speaker.say(payload, PONG)
            elif opcode == CLOSE:
                raise ServerFailed(f"the server closed a speaker: {payload[2:].decode('utf-8', 'replace')}")
            elif opcode == TEXT:
                self._understand(speaker, payload)

    def _understand(self, speaker: Speaker, payload: bytes) -> None:
        answer = self._dialect.answer(payload)
        if answer is None:
            return
        if answer.reply is not None:
            speaker.say(answer.reply)
        elif answer.refused is not None:
            self.refusals[answer.refused] += 1
        else:
            self.answers += 1

    def close(self) -> None:
        """Close every socket."""
        for speaker in self._speakers:
            speaker.seat.close()
        self._poller.close()
