"""One room as this client sees it.

Promise: every sequenced event is handed on once and in order; `state` is always the snapshot with those events
applied; a hole is noticed before anything after it is shown.
"""

from __future__ import annotations

import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from liveroom.realtime.client.errors import ClientError
from liveroom.realtime.client.events import STREAM_LIMIT, Event, EventStream, Lane
from liveroom.realtime.client.fold import State, empty_state, fold, from_snapshot


class Sender(Protocol):
    """How a room sends its commands."""

    def __call__(
        self, type_: str, data: Mapping[str, Any], /, *, room: str, key: str | None
    ) -> Awaitable[dict[str, Any]]:
        """Send a command; gives the data of its ack."""


class Room:
    """A room that was joined.

    Attributes:
        name: as on the wire.
        status: `joining`, `joined` or `left`.
        state: `{room, show, comments, campaigns, totals, me}`, replaced (never changed in place) whenever something
            happens.
        seq: position of the last event in `state`; None before the first join.
        error: why the server keeps us out, where it does.
    """

    def __init__(self, name: str, send: Sender, tell: Callable[[Event], None]) -> None:
        self.name = name
        self.status = "joining"
        self.state: State = empty_state()
        self.seq: int | None = None
        self.error: ClientError | None = None
        self.joining = False
        self._epoch: str | None = None
        self._send = send
        self._tell_client = tell
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()

    @property
    def position(self) -> dict[str, Any]:
        """What `connect` and `room.join` carry so that nothing is lost."""
        return {} if self.seq is None else {"epoch": self._epoch, "seq": self.seq}

    async def send(
        self, type_: str, data: Mapping[str, Any] | None = None, /, *, key: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Send a command to this room, its data as a mapping or as keywords.

        Returns:
            The data of the ack, with `seq` and `duplicate` where the server told them.

        Raises:
            CommandRefused: it had no effect. AnswerMissing: it may have had one; repeat it with the error's `key`.
            TooManyPending, MessageTooBig, ClientClosed: it was not sent.
        """
        return await self._send(type_, {**(data or {}), **fields}, room=self.name, key=key)

    def events(self, limit: int = STREAM_LIMIT) -> EventStream:
        """All events of this room from now on, in order; ends when the room is left or the client closed."""
        stream = EventStream(limit)
        if self.status == "left":
            stream.end()
        self._streams.add(stream)
        return stream

    def enter(self, joined: Mapping[str, Any]) -> bool:
        """Take the answer to a join. False when it does not fit our position: a fresh snapshot is needed."""
        self.joining = False
        self.status = "joined"
        self.error = None
        if not (self._recover(joined) if joined["recovered"] else self._adopt(joined)):
            self.forget()
            return False
        self.state = {**self.state, "totals": joined.get("totals", {}), "me": joined.get("me", {})}
        self._tell(Event("joined", joined, self.name))
        return True

    def receive(self, last_seq: int, events: Sequence[Mapping[str, Any]]) -> bool:
        """Apply the events that are new. False when some before them are missing."""
        if self.seq is None:
            return True  # the snapshot under way contains them
        first = last_seq - len(events) + 1
        if first > self.seq + 1:
            return False
        for event in events[self.seq + 1 - first :]:
            self.seq += 1
            self.state = fold(self.state, {**event, "seq": self.seq})
            self._tell(Event(event["kind"], event["data"], self.name, Lane.SEQUENCED, self.seq, event["ts"]))
        return True

    def receive_latest(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Take absolute values: the newest wins."""
        self.state = {**self.state, "totals": {**self.state["totals"], **values}}
        for kind, data in values.items():
            self._tell(Event(kind, data, self.name, Lane.LATEST))

    def receive_private(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Hand on what is for us alone."""
        for event in events:
            self._tell(Event(event["kind"], event["data"], self.name, Lane.PRIVATE, None, event["ts"]))

    def forget(self) -> None:
        """Drop the position, so that the next join brings a snapshot."""
        self.seq = self._epoch = None

    def end(self, error: ClientError | None = None) -> None:
        """The server (`error` says why) or the user ended our stay."""
        self.status = "left"
        self.error = error
        self.joining = False
        self.forget()
        reason = {} if error is None else {"code": error.code, "message": error.message}
        self._tell(Event("left", reason, self.name))
        self.close_streams()

    def close_streams(self) -> None:
        """Let the readers end after what they have not read yet."""
        for stream in self._streams:
            stream.end()

    def _recover(self, joined: Mapping[str, Any]) -> bool:
        if self.seq is None or joined["epoch"] != self._epoch:
            return False
        return self.receive(joined["seq"], joined.get("events", ()))

    def _adopt(self, joined: Mapping[str, Any]) -> bool:
        stale = joined["epoch"] == self._epoch and self.seq is not None and joined["seq"] < self.seq
        if not stale:  # else a second connection that is behind the first: what we have is newer
            self._epoch = joined["epoch"]
            self.seq = joined["seq"]
            self.state = from_snapshot(joined.get("snapshot", {}))
            self._tell(Event("snapshot", self.state, self.name, Lane.LOCAL, self.seq))
            for event in joined.get("events", ()):  # of before a restart: contained in the snapshot, not heard perhaps
                self._tell(Event(event["kind"], event["data"], self.name, Lane.SEQUENCED, None, event["ts"]))
        return True

    def _tell(self, event: Event) -> None:
        for stream in self._streams:
            stream.put(event)
        self._tell_client(event)
