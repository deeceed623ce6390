"""One room of this process: what was said, and who still has to hear it.

Promise: every member in step gets the same bytes, made once; the order is that of `seq` without holes or
doubles; an idle room is flushed at once, a busy one on a tick of its own cost; no member, however slow, costs
more than its bounded buffer; nothing here waits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from liveroom.realtime.backplane.base import Event, Position
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.framing import frame_text
from liveroom.realtime.identity import Role
from liveroom.realtime.member import LAG_BYTES, PAUSE_BYTES, Consumer, Member, Pace
from liveroom.realtime.ring import Ring, fitting
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.tick import LoadMeter, Tick
from liveroom.realtime.volley import Volley, write_all
from liveroom.realtime.wire import encode_frame

REPLAY_BYTES = 128 * 1024
CATCH_UP_BYTES = 512 * 1024


class Fanout:
    """See the module.

    Args:
        name: the room.
        position: where its numbering stands.
        recent: events that led there, oldest first.
        ring: empty ring that will hold them.
        slow_close_s: how long a member may stay slow.
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
        slow_close_s: float,
    ) -> None:
        self.name = name
        self.epoch = position.epoch
        self.ring = ring
        ring.last_seq = position.seq - len(recent)
        ring.extend(recent)
        self.values: dict[str, bytes] = {}
        self.members: dict[Consumer, Member] = {}
        self.tick_s = 0.0
        self._clock = clock
        self._telemetry = telemetry
        self._tick = tick
        self._slow_close_s = slow_close_s
        self._staff: dict[Consumer, Member] = {}
        self._late: dict[Consumer, Member] = {}
        self._slowed: dict[Consumer, Member] = {}
        self._volley = Volley(name, clock, telemetry, self._volley_ended)
        self._flushed_seq = ring.last_seq
        self._fresh: dict[str, bytes] = {}
        self._latest_at_s = -math.inf
        self._next_at_s = -math.inf
        self._cost_s = 0.0
        self._load = LoadMeter(clock)
        self._timer: TimerHandle | None = None
        self._timer_at_s = 0.0

    @property
    def position(self) -> Position:
        """Of the newest event."""
        return Position(self.epoch, self.ring.last_seq)

    def flush_wait_s(self) -> float:
        """How long what is published now waits for the next flush."""
        return max(0.0, self._next_at_s - self._clock.monotonic_s())

    def attach(self, consumer: Consumer, role: Role, after: Position | None) -> list[bytes] | None:
        """Make a connection a member that hears everything after the present position.

        Args:
            consumer: the connection; attaching again moves it.
            role: its role in this room.
            after: what it has already, or None.

        Returns:
            The events it missed; None when it needs a snapshot.
        """
        self.detach(consumer)
        member = Member(consumer, role, self._clock.monotonic_s())
        self.members[consumer] = member
        if role > Role.VIEWER:
            self._staff[consumer] = member
        self._admit(member)
        if consumer.is_paused:
            self.pause(consumer)
        if after is None or after.epoch != self.epoch:
            return None
        missed = self.ring.tail(after.seq)
        # More than this at once is better taken as a snapshot, also for whoever has to keep it until it is read.
        return missed if missed is None or sum(map(len, missed)) <= CATCH_UP_BYTES else None

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
        if member is None:
            return
        if member.pace is Pace.LAGGING and not self._replay(member):
            return
        del self._slowed[consumer]
        if member.pace is Pace.SLOW:
            member.cursor = self._flushed_seq
        self._admit(member, member.cursor)
        if self.values:
            write_all([consumer.write], self._volley.latest_frame(self.values))

    def close_slow(self) -> None:
        """Close members that have been slow for too long; called about once a second."""
        limit_s = self._clock.monotonic_s() - self._slow_close_s
        for consumer in [c for c, member in self._slowed.items() if member.since_s <= limit_s]:
            self._telemetry.consumer_slowed("closed")
            consumer.close(CloseCode.SLOW_CONSUMER, retry_after_ms=1000)

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
        if member.pace in (Pace.FAST, Pace.LATE):
            member.since_s = self._clock.monotonic_s()
        member.pace = pace
        self._telemetry.consumer_slowed(pace.value)

    def _lose(self, member: Member, reason: str) -> None:
        consumer = member.consumer
        self._volley.drop(consumer)
        self._late.pop(consumer, None)
        self._slowed.pop(consumer, None)
        self._step(member, Pace.LOST)
        write_all([consumer.write], frame_text(encode_frame("resync", room=self.name, reason=reason)))

    def _replay(self, member: Member) -> bool:
        """Send a lagging member what it missed; True when it has caught up."""
        while True:
            missed = self.ring.tail(member.cursor)
            if missed is None:
                self._lose(member, "ring")
                return False
            if member.consumer.backlog_bytes() > PAUSE_BYTES:
                # Also with nothing left to send: its transport is paused again and will not say so a second time.
                return False
            if not missed:
                return True
            part = fitting(missed, REPLAY_BYTES)
            write_all([member.consumer.write], self._volley.events_frames(member.cursor + 1, part))
            member.cursor += len(part)

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
            due_s = max(now_s, self._next_at_s, self._latest_at_s + self._tick.latest_after(self._cost_s))
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
        if started_s >= self._latest_at_s + self._tick.latest_s:
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
        frames = b""
        for member in self._slowed.values():
            if member.pace is not Pace.SLOW:
                continue
            if member.consumer.backlog_bytes() > LAG_BYTES:
                member.cursor = before
                self._step(member, Pace.LAGGING)
            elif self._volley.is_loaded:
                frames = frames or self._volley.events_frames(before + 1, self._volley.loaded)
                write_all([member.consumer.write], frames)

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
            write_all([member.consumer.write], frames)

    def _volley_ended(self, started_s: float, cost_s: float) -> None:
        self._cost_s = self._tick.steady(self._cost_s, cost_s)
        self.tick_s = self._tick.after(self._cost_s, self._load.read())
        self._telemetry.room_flushed(cost_s, self.tick_s)
        vital_waits = self._next_at_s == 0.0 and self._volley.is_loaded
        self._next_at_s = 0.0 if vital_waits else started_s + self.tick_s
        self._schedule()
