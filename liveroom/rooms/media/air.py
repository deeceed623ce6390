"""What is known of everybody with a media connection, and who is on the air.

Promise: what was pushed to somebody and what their join answers is the same; a room's value on the air is told when it
has changed, with numbers that grow. Bounded by the tickets of the engine: whoever may come back with one is known, and
who has none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from liveroom.realtime.media.events import (
    NOTHING,
    Back,
    Closed,
    Connected,
    Ended,
    Kinds,
    LinksChanged,
    LinkTicket,
    Lost,
    Muted,
    Quality,
    QualityChanged,
    RoomEvent,
    Slot,
    SlotsChanged,
    SpeakersChanged,
    TicketEnded,
)
from liveroom.rooms.messages.media import MediaLink, MediaSlot, MediaStage, MediaState, MyMedia, OnAir

Who = tuple[str, str]
"""Room and user id."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One person. `quality` is told to all, `muted` too, the rest to this person; `is_ours`: the ticket is of this
    node."""

    state: MediaState
    session: str | None = None
    kinds: Kinds = NOTHING
    slots: tuple[MediaSlot, ...] = ()
    links: tuple[MediaLink, ...] = ()
    muted: Kinds = NOTHING
    quality: Quality = Quality.GOOD
    why: Ended | None = None
    is_ours: bool = True

    def as_mine(self) -> MyMedia:
        """As this person sees it."""
        return MyMedia(
            state=self.state,
            session=self.session,
            kinds=tuple(sorted(self.kinds)),
            muted=tuple(sorted(self.muted)),
            slots=self.slots,
            links=self.links if self.state is not MediaState.CLOSED else (),
            why=self.why,
        )


class Air:
    """See the module.

    Args:
        push: tells one person how it is with him.
        show: tells a room who is on the air.
    """

    def __init__(self, push: Callable[[Who, MyMedia], None], show: Callable[[str, MediaStage], None]) -> None:
        self._push = push
        self._show = show
        self._rooms: dict[str, dict[str, Presence]] = {}
        self._talking: dict[str, tuple[str, ...]] = {}
        self._shown: dict[str, MediaStage] = {}

    def find(self, room: str, user_id: str) -> Presence | None:
        """What is known of somebody."""
        return self._rooms.get(room, {}).get(user_id)

    def count_watchers(self, room: str) -> int:
        """How many people of a room only receive."""
        return sum(not each.kinds for each in self._rooms.get(room, {}).values())

    def people_of(self, room: str) -> list[str]:
        """The user ids of those of a room."""
        return list(self._rooms.get(room, ()))

    def adopt(self, room: str, user_id: str, kinds: Kinds, *, is_ours: bool) -> None:
        """Somebody is connected who got the ticket at another node, or of whom nothing was known any more."""
        self._put((room, user_id), Presence(MediaState.PREPARED, kinds=kinds, is_ours=is_ours))

    def prepare(self, room: str, user_id: str, kinds: Kinds, links: Sequence[LinkTicket] = ()) -> None:
        """Somebody gets a ticket."""
        known = self.find(room, user_id)
        given = _read_links(links)
        if known is None:
            self._put((room, user_id), Presence(MediaState.PREPARED, kinds=kinds, links=given))
            return
        anew = replace(known, links=given, is_ours=True)
        if known.state is MediaState.CLOSED:
            anew = replace(anew, state=MediaState.PREPARED, session=None, kinds=kinds, why=None)
        self._change((room, user_id), known, anew)

    def note_refused(self, room: str, user_id: str) -> None:
        """Somebody who was to get a ticket got none."""
        known = self.find(room, user_id)
        if known is not None and known.state is MediaState.PREPARED:
            self._forget((room, user_id))

    def set_kinds(self, room: str, user_id: str, kinds: Kinds) -> None:
        """What somebody may send has changed."""
        known = self.find(room, user_id)
        if known is None:
            return
        self._change((room, user_id), known, replace(known, kinds=kinds))
        if known.state is MediaState.CLOSED and not kinds:
            self._forget((room, user_id))  # nobody is waited for any more

    def forget_all(self) -> None:
        """The engine knows of nobody any more."""
        for room, people in list(self._rooms.items()):
            for user_id, known in list(people.items()):
                self._end((room, user_id), known, Ended.LOST)

    def hear(self, event: RoomEvent) -> None:
        """The engine told something."""
        if isinstance(event, SpeakersChanged):
            self._talking[event.room] = event.user_ids
            self._tell_room(event.room)
            return
        who = (event.room, event.user_id)
        known = self.find(*who)
        if known is None:
            return
        if isinstance(event, TicketEnded):
            self._end(who, known, Ended.REMOVED)
        elif not isinstance(event, Closed):
            self._change(who, known, _follow(known, event))
        elif known.session == event.session:  # otherwise of a connection that has been replaced, or never stood
            self._close(who, known, event)

    def _close(self, who: Who, known: Presence, event: Closed) -> None:
        """Where the ticket goes on, its holder may come back; one of another node is known again when he does."""
        if known.is_ours:
            closed = replace(known, state=MediaState.CLOSED, slots=(), why=event.why)
            self._change(who, known, closed)
        else:
            self._end(who, known, event.why)

    def _end(self, who: Who, known: Presence, why: Ended) -> None:
        self._forget(who)
        if known.state is not MediaState.CLOSED:
            self._push(who, replace(known, state=MediaState.CLOSED, slots=(), why=why).as_mine())
        self._tell_room(who[0])

    def _change(self, who: Who, known: Presence, changed: Presence) -> None:
        if changed == known:
            return
        self._put(who, changed)
        if changed.as_mine() != known.as_mine():
            self._push(who, changed.as_mine())
        self._tell_room(who[0])

    def _put(self, who: Who, presence: Presence) -> None:
        room, user_id = who
        self._rooms.setdefault(room, {})[user_id] = presence

    def _forget(self, who: Who) -> None:
        room, user_id = who
        del self._rooms[room][user_id]
        if not self._rooms[room]:
            del self._rooms[room]

    def _tell_room(self, room: str) -> None:
        now = self.stage_of(room)
        if now != self._shown.get(room, MediaStage()):
            self._shown[room] = now
            self._show(room, now)
        if now == MediaStage():
            self._shown.pop(room, None)
            self._talking.pop(room, None)

    def stage_of(self, room: str) -> MediaStage:
        """Who is on the air in a room now."""
        on_air = tuple(
            OnAir(
                user_id=user_id,
                kinds=tuple(sorted(each.kinds - each.muted)),
                quality=each.quality,
                lost=each.state is MediaState.LOST,
            )
            for user_id, each in self._rooms.get(room, {}).items()
            if _is_on_air(each)
        )
        heard = {each.user_id for each in on_air}
        return MediaStage(on_air=on_air, talking=tuple(each for each in self._talking.get(room, ()) if each in heard))


def _follow(known: Presence, event: RoomEvent) -> Presence:
    """What is known of somebody after an event."""
    if isinstance(event, Connected):
        # What is muted is told again now; a mute that has ended meanwhile is not.
        return replace(known, state=MediaState.CONNECTED, session=event.session, muted=NOTHING, why=None)
    if isinstance(event, Lost):
        return replace(known, state=MediaState.LOST, session=event.session)
    if isinstance(event, Back):
        return replace(known, state=MediaState.CONNECTED, session=event.session)
    if isinstance(event, SlotsChanged):
        return replace(known, slots=_read_slots(event.slots))
    if isinstance(event, LinksChanged):
        return replace(known, links=_read_links(event.links))
    if isinstance(event, Muted):
        return replace(known, muted=event.kinds)
    return replace(known, quality=event.quality) if isinstance(event, QualityChanged) else known


def _read_slots(slots: Sequence[Slot]) -> tuple[MediaSlot, ...]:
    return tuple(MediaSlot(audio=s.audio, video=s.video, user_id=s.user_id, room=s.room) for s in slots)


def _read_links(links: Sequence[LinkTicket]) -> tuple[MediaLink, ...]:
    return tuple(MediaLink(room=each.room, url=each.url, ticket=each.ticket) for each in links)


def _is_on_air(each: Presence) -> bool:
    return bool(each.kinds) and each.state in (MediaState.CONNECTED, MediaState.LOST)
