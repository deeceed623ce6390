"""One room of this process: what was said, and who still has to hear it.

Promise: every member in step gets the same bytes, made once; the order is that of `seq` without holes or
doubles; an idle room is flushed at once, a busy one on a tick of its own cost; no member, however slow, costs
more than its bounded buffer; nothing here waits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from liveroom.realtime.backplane.base import Event, Position
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.framing import frame_text
from liveroom.realtime.identity import Role
from liveroom.realtime.member import LAG_BYTES, PAUSE_BYTES, Consumer, Member, Pace
from liveroom.realtime.rhythm import Rhythm
from liveroom.realtime.ring import CATCH_UP_BYTES, Ring, fitting
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.tick import Tick
from liveroom.realtime.volley import FRAME_BYTES, Volley, write_all
from liveroom.realtime.wire import encode_frame

ANSWER_BYTES = FRAME_BYTES
"""Missed events in the answer to a join: a client awaits it for some seconds, in which a thin line brings little more.
The others follow, and each message is a step that a cut does not take back."""


class Fanout:
    """See the module.

    Args:
        name: the room.
        position: where its numbering stands.
        recent: events that led there, oldest first.
        ring: empty ring that will hold them.
    """

    def __init__(
        self,
        name: str,
        position: Position,
        recent: Sequence[bytes],
        *,
        ring: Ring,
        clock: Clock,
        telemetry: Telemetry,
        tick: Tick,
    ) -> None:
        self.name = name
        self.epoch = position.epoch
        self.ring = ring
        ring.last_seq = position.seq - len(recent)
        ring.extend(recent)
        self.values: dict[str, bytes] = {}
        self.members: dict[Consumer, Member] = {}
        self._clock = clock
        self._telemetry = telemetry
        self._staff: dict[Consumer, Member] = {}
        self._late: dict[Consumer, Member] = {}
        self._slowed: dict[Consumer, Member] = {}
        self._volley = Volley(name, clock, telemetry, self._volley_ended)
        self._flushed_seq = ring.last_seq
        self._fresh: dict[str, bytes] = {}
        self._latest_at_s = -math.inf
        self._next_at_s = -math.inf
        self.rhythm = Rhythm(tick, clock)
        self._timer: TimerHandle | None = None
        self._timer_at_s = 0.0

    @property
    def position(self) -> Position:
        """Of the newest event."""
        return Position(self.epoch, self.ring.last_seq)

    def flush_wait_s(self) -> float:
        """How long what is published now waits for the next flush."""
        return max(0.0, self._next_at_s - self._clock.monotonic_s())

    def attach(
        self, consumer: Consumer, role: Role, after: Position | None, answer_bytes: int = ANSWER_BYTES
    ) -> list[bytes] | None:
        """Make a connection a member that hears everything after the present position, or after what is returned.

        Args:
            consumer: the connection; attaching again moves it.
            role: its role in this room.
            after: what it has already, or None.
            answer_bytes: most that is returned, but one event at least.

        Returns:
            The first of the events it missed, the others follow; None when it needs a snapshot.
        """
        self.detach(consumer)
        member = self.members[consumer] = Member(consumer, role)
        if role > Role.VIEWER:
            self._staff[consumer] = member
        missed = self._missed(after)
        first = fitting(missed, answer_bytes) if missed else missed
        if missed and first and len(first) < len(missed):
            member.pace, member.cursor = Pace.LAGGING, self.ring.last_seq - len(missed) + len(first)
            self._slowed[consumer] = member
            # Not before the answer, which is written in this turn of the loop.
            self._clock.call_later(0, partial(self.resume, consumer))
            return first
        self._admit(member)
        if consumer.is_paused:
            self.pause(consumer)
        return missed

    def detach(self, consumer: Consumer) -> None:
        """Forget a connection; nothing when it is not a member."""
        self.members.pop(consumer, None)
        self._staff.pop(consumer, None)
        self._late.pop(consumer, None)
        self._slowed.pop(consumer, None)
        self._volley.drop(consumer)

    def staff(self, roles: frozenset[Role]) -> list[Consumer]:
        """The members that have one of the roles; viewers are not looked through."""
        return [consumer for consumer, member in self._staff.items() if member.role in roles]

    def publish(self, events: Sequence[Event]) -> None:
        """Take events of the next numbers; they are written with the next flush."""
        self.ring.extend([event.payload for event in events])
        self._volley.load(events)
        self._schedule(vital=any(event.vital for event in events))

    def rewrite(self, seq: int, event: bytes) -> None:
        """Give other bytes out for an event that is kept, also to those whom it has not reached yet."""
        self.ring.replace(seq, event)
        self._volley.reload(seq - self._flushed_seq - 1, event)

    def replace(self, position: Position) -> None:
        """The numbering started anew: everybody has to take a snapshot."""
        self.epoch = position.epoch
        self.ring = self.ring.restarted(position.seq)
        self._volley.unload()
        self._flushed_seq = position.seq
        for member in self.members.values():
            self._lose(member, "epoch")

    def set_latest(self, kind: str, value: bytes) -> None:
        """Keep an absolute value; it is written soon, unless a newer one replaces it before."""
        self.values[kind] = value
        self._fresh[kind] = value
        self._schedule()

    def pause(self, consumer: Consumer) -> None:
        """A connection's buffer passed the first mark."""
        member = self.members.get(consumer)
        if member is None or member.pace not in (Pace.FAST, Pace.LATE):
            return
        if member.pace is Pace.FAST:
            self._volley.remove(consumer)
            self._step(member, Pace.SLOW)
        else:
            self._late.pop(consumer, None)
            self._step(member, Pace.LAGGING)
        self._slowed[consumer] = member

    def resume(self, consumer: Consumer) -> None:
        """A connection's buffer has drained."""
        member = self._slowed.get(consumer)
        if member is None or consumer.is_paused:
            # Another room has filled its buffer again: it will say so once more when that has drained.
            return
        if member.pace is Pace.LAGGING and not self._replay(member):
            return
        del self._slowed[consumer]
        if member.pace is Pace.SLOW:
            member.cursor = self._flushed_seq
        self._admit(member, member.cursor)
        if self.values:
            write_all([consumer.feed], self._volley.latest_frame(self.values))

    def _missed(self, after: Position | None) -> list[bytes] | None:
        return self.ring.tail(after.seq, CATCH_UP_BYTES) if after is not None and after.epoch == self.epoch else None

    def _admit(self, member: Member, cursor: int | None = None) -> None:
        """Let a member hear what comes after `cursor` (default: the present position)."""
        member.cursor = self.ring.last_seq if cursor is None else cursor
        if member.cursor == self._flushed_seq:
            member.pace = Pace.FAST
            self._volley.add(member.consumer)
        else:
            member.pace = Pace.LATE
            self._late[member.consumer] = member

    def _step(self, member: Member, pace: Pace) -> None:
        member.pace = pace
        self._telemetry.consumer_slowed(pace.value)

    def _lose(self, member: Member, reason: str) -> None:
        consumer = member.consumer
        self._volley.drop(consumer)
        self._late.pop(consumer, None)
        self._slowed.pop(consumer, None)
        self._step(member, Pace.LOST)
        write_all([consumer.feed], frame_text(encode_frame("resync", room=self.name, reason=reason)))

    def _replay(self, member: Member) -> bool:
        """Send a lagging member what it missed; True when it has caught up."""
        consumer, missed = member.consumer, self.ring.tail(member.cursor, CATCH_UP_BYTES)
        if missed is None:
            self._lose(member, "ring")
            return False
        while missed and consumer.backlog_bytes() <= PAUSE_BYTES:
            part = fitting(missed, FRAME_BYTES)
            write_all([consumer.feed], self._volley.events_frames(member.cursor + 1, part))
            member.cursor += len(part)
            missed = missed[len(part) :]
        if consumer.backlog_bytes() <= PAUSE_BYTES:
            return True
        # Also with nothing left to send: its transport does not say twice that it is paused. Totals do not wait.
        if self.values:
            write_all([consumer.feed], self._volley.latest_frame(self.values))
        return False

    def _schedule(self, *, vital: bool = False) -> None:
        """Set the timer to the moment of the next flush."""
        if self._volley.is_flying:
            # Its end schedules again; a vital event waits for the volley before it at most.
            self._next_at_s = 0.0 if vital else self._next_at_s
            return
        now_s = self._clock.monotonic_s()
        if vital:
            due_s = now_s
        elif self._volley.is_loaded:
            due_s = max(now_s, self._next_at_s)
        elif self._fresh:
            due_s = max(now_s, self._next_at_s, self._latest_at_s + self.rhythm.latest_after_s())
        else:
            return
        if self._timer is not None:
            if self._timer_at_s <= due_s:
                return
            self._timer.cancel()
        self._timer_at_s = due_s
        self._timer = self._clock.call_later(due_s - now_s, self._flush)

    def _flush(self) -> None:
        """Start one volley: the loaded events and the absolute values that are due."""
        self._timer = None
        # A timer may fire a rounding error early; what it was set for is due all the same.
        started_s = max(self._clock.monotonic_s(), self._timer_at_s)
        before = self._flushed_seq
        self._flushed_seq = self.ring.last_seq
        latest: dict[str, bytes] = {}
        if started_s >= self._latest_at_s + self.rhythm.tick.latest_s:
            latest, self._fresh = self._fresh, {}
            self._latest_at_s = started_s
        self._feed_slow(before)
        late, self._late = self._late, {}
        for member in late.values():
            self._feed_late(member, latest)
        self._volley.fire(before + 1, latest, started_s)
        for member in late.values():
            if member.pace is Pace.LATE:
                self._admit(member, self._flushed_seq)

    def _feed_slow(self, before: int) -> None:
        """Slow members get the events alone, until the second mark."""
        frames: dict[bool, bytes] = {}
        for member in self._slowed.values():
            if member.pace is not Pace.SLOW:
                continue
            if member.consumer.backlog_bytes() > LAG_BYTES:
                member.cursor = before
                self._step(member, Pace.LAGGING)
            elif self._volley.is_loaded:
                deflate = member.consumer.deflate
                if deflate not in frames:
                    frames[deflate] = self._volley.events_frames(before + 1, self._volley.loaded, deflate=deflate)
                write_all([member.consumer.feed], frames[deflate])

    def _feed_late(self, member: Member, latest: Mapping[str, bytes]) -> None:
        missed = self.ring.tail(member.cursor)
        if missed is None:
            self._lose(member, "ring")
            return
        frames = self._volley.events_frames(member.cursor + 1, missed)
        if latest:
            frames += self._volley.latest_frame(latest)
        # The write may pause this very member, whose cursor must tell the truth by then.
        member.cursor = self._flushed_seq
        if frames:
            write_all([member.consumer.feed], frames)

    def _volley_ended(self, started_s: float, cost_s: float) -> None:
        self.rhythm.note(cost_s)
        self._telemetry.room_flushed(cost_s, self.rhythm.tick_s)
        vital_waits = self._next_at_s == 0.0 and self._volley.is_loaded
        self._next_at_s = 0.0 if vital_waits else started_s + self.rhythm.tick_s
        self._schedule()
