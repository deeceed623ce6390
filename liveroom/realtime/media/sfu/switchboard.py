"""Connects what people send with the slots of those who receive it, as their rights say.

Promise: after each change every slot shows whom it should, and only slots that changed are told about. What somebody
may not send goes nowhere from the moment in which the right ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from liveroom.realtime.media.events import NOTHING, Kind, Kinds, MediaEvent, Muted, Slot, SlotsChanged, SpeakersChanged
from liveroom.realtime.media.places import Person, assign
from liveroom.realtime.media.rights import Rights
from liveroom.realtime.media.sfu.connection import MediaConnection
from liveroom.realtime.media.sfu.upload import Source

Tell = Callable[[MediaEvent], None]


class Switchboard:
    """See the module.

    Args:
        tell: hears what has changed.
        now_s: monotonic seconds.
    """

    def __init__(self, tell: Tell, now_s: Callable[[], float]) -> None:
        self.rights = Rights()
        self._tell = tell
        self._now_s = now_s
        self._standing: dict[Person, MediaConnection] = {}
        self._shown: dict[Person, list[Person | None]] = {}
        self._told: dict[Person, tuple[Slot, ...]] = {}
        self._talking: dict[str, tuple[str, ...]] = {}

    # --- connections --------------------------------------------------------------------------------------------

    def connection_of(self, person: Person) -> MediaConnection | None:
        """The connection that stands."""
        return self._standing.get(person)

    def put(self, connection: MediaConnection) -> MediaConnection | None:
        """A connection stands from now on; gives the one that it replaces."""
        person = connection.person
        before = self._standing.get(person)
        if before is not None:
            before.peer.close()
        self._standing[person] = connection
        self._shown.pop(person, None)
        self._told.pop(person, None)
        self.refresh(self._rooms_with(person.room))
        if muted := self.rights.muted.get(person):  # it outlives connections, and what is known of them
            self._tell(Muted(person.room, person.user_id, muted))
        return before

    def take_out(self, connection: MediaConnection) -> None:
        """A connection stands no more."""
        if self._standing.get(connection.person) is connection:
            del self._standing[connection.person]
            self._shown.pop(connection.person, None)
            self._told.pop(connection.person, None)
        connection.peer.close()
        self.refresh(self._rooms_with(connection.person.room))

    # --- rights -------------------------------------------------------------------------------------------------

    def grant(self, person: Person, seat: int, kinds: Kinds) -> None:
        """See `MediaEngine.grant`."""
        had = person in self.rights.seats
        self.rights.grant(person, seat, kinds)
        connection = self._standing.get(person)
        if connection is not None and not had:
            connection.note_grant(self._now_s())
        self.refresh(self._rooms_with(person.room))

    def revoke(self, person: Person) -> None:
        """See `MediaEngine.revoke`."""
        was_muted = self.rights.revoke(person)
        self.refresh(self._rooms_with(person.room))
        if was_muted:
            self._tell(Muted(person.room, person.user_id, NOTHING))

    def watch(self, person: Person) -> None:
        """Let somebody receive the stage."""
        self.rights.watchers.add(person)
        self.refresh({person.room})

    def forget(self, person: Person) -> None:
        """Take all rights."""
        self.rights.forget(person)
        self.refresh(self._rooms_with(person.room))

    def mute(self, person: Person, kind: Kind, muted: bool) -> None:
        """See `MediaEngine.mute`."""
        before = self.rights.muted.get(person, NOTHING)
        after = self.rights.mute(person, kind, muted)
        if after != before:
            self.refresh(self._rooms_with(person.room))
            self._tell(Muted(person.room, person.user_id, after))

    def link(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine.link`."""
        self.rights.link(room_a, room_b)
        self.refresh({room_a, room_b})

    def unlink(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine.unlink`."""
        self.rights.unlink(room_a, room_b)
        self.refresh({room_a, room_b})

    def _rooms_with(self, room: str) -> set[str]:
        return {room, *self.rights.linked(room)}

    # --- slots --------------------------------------------------------------------------------------------------

    def refresh(self, rooms: Iterable[str]) -> None:
        """Bring the sources and slots of these rooms into line with the rights."""
        changed = set(rooms)
        here = [connection for person, connection in self._standing.items() if person.room in changed]
        for connection in here:
            for kind, source in connection.peer.sources.items():
                source.set_open(self.rights.may_send(connection.person, kind))
        for connection in here:
            self._fill(connection)
        now_s = self._now_s()
        for connection in here:
            connection.peer.tick(now_s)

    def _fill(self, connection: MediaConnection) -> None:
        person = connection.person
        wanted: list[Person] = []
        if self.rights.receives(person):
            shown = self.rights.shown_in(person.room)
            wanted = [each for each in shown if each != person and each in self._standing]
        before = self._shown.get(person) or [None] * connection.slots
        after = assign(before, wanted)
        self._shown[person] = after
        for download in connection.peer.downloads:
            shown_here = after[download.place.number]
            download.show(self._source(shown_here, download.kind) if shown_here is not None else None)
        slots = tuple(self._describe(connection, number, each) for number, each in enumerate(after))
        if self._told.get(person) != slots and (person in self._told or wanted):
            self._told[person] = slots
            self._tell(SlotsChanged(person.room, person.user_id, connection.session, slots))

    def _source(self, person: Person, kind: Kind) -> Source | None:
        return self._standing[person].peer.sources.get(kind)

    def _describe(self, connection: MediaConnection, number: int, person: Person | None) -> Slot:
        mids = connection.mids_of(number)
        if person is None:
            return Slot(mids.get(Kind.AUDIO), mids.get(Kind.VIDEO))
        muted = self.rights.muted.get(person, NOTHING)
        return Slot(mids.get(Kind.AUDIO), mids.get(Kind.VIDEO), person.user_id, person.room, muted)

    # --- who talks ----------------------------------------------------------------------------------------------

    def look_who_talks(self) -> None:
        """End the window of loudness and tell where other people talk now."""
        talking: dict[str, list[tuple[int, str]]] = {}
        for person, connection in self._standing.items():
            loudness = connection.peer.loudness
            if loudness.look() and self.rights.may_send(person, Kind.AUDIO):
                talking.setdefault(person.room, []).append((loudness.level, person.user_id))
        for room in {*talking, *self._talking}:
            users = tuple(user for _, user in sorted(talking.get(room, ())))
            if users != self._talking.get(room, ()):
                self._tell(SpeakersChanged(room, users))
            if users:
                self._talking[room] = users
            else:
                self._talking.pop(room, None)
