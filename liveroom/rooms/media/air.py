"""What is known of everybody with a media connection, and who is on the air.

Promise: what was pushed to somebody and what their join answers is the same; a room's value on the air is told when it
has changed, with numbers that grow. Bounded by the tickets of the engine: who is closed is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    SlotsChanged,
    SpeakersChanged,
)
from liveroom.rooms.messages.media import MediaLink, MediaSlot, MediaStage, MediaState, MyMedia, OnAir

Who = tuple[str, str]
"""Room and user id."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One person. `muted` and `quality` are told to all, the rest to this person; `is_ours`: the ticket is
    of this node."""

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
            slots=self.slots,
            links=self.links,
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
        self._people: dict[Who, Presence] = {}
        self._talking: dict[str, tuple[str, ...]] = {}
        self._shown: dict[str, MediaStage] = {}

    def find(self, room: str, user_id: str) -> Presence | None:
        """What is known of somebody."""
        return self._people.get((room, user_id))

    def count_watchers(self, room: str) -> int:
        """How many people of a room only receive."""
        return sum(who[0] == room and not each.kinds for who, each in self._people.items())

    def people_of(self, room: str) -> list[str]:
        """The user ids of those of a room."""
        return [who[1] for who in self._people if who[0] == room] if self._people else []

    def adopt(self, room: str, user_id: str, kinds: Kinds) -> None:
        """Somebody is connected who got the ticket at another node."""
        self._people[(room, user_id)] = Presence(MediaState.PREPARED, kinds=kinds, is_ours=False)

    def prepare(self, room: str, user_id: str, kinds: Kinds, links: Sequence[LinkTicket] = ()) -> None:
        """Somebody got a ticket."""
        known = self._people.get((room, user_id))
        given = _read_links(links)
        if known is None or known.state is MediaState.CLOSED:
            self._people[(room, user_id)] = Presence(MediaState.PREPARED, kinds=kinds, links=given)
        else:
            self._change((room, user_id), links=given, is_ours=True)

    def set_kinds(self, room: str, user_id: str, kinds: Kinds) -> None:
        """What somebody may send has changed."""
        self._change((room, user_id), kinds=kinds)

    def hear(self, event: RoomEvent) -> None:
        """The engine told something."""
        if isinstance(event, SpeakersChanged):
            self._talking[event.room] = event.user_ids
            self._tell_room(event.room)
            return
        who = (event.room, event.user_id)
        if isinstance(event, Connected):
            self._change(who, state=MediaState.CONNECTED, session=event.session, why=None)
        elif isinstance(event, SlotsChanged):
            slots = tuple(MediaSlot(audio=s.audio, video=s.video, user_id=s.user_id, room=s.room) for s in event.slots)
            self._change(who, slots=slots)
        elif isinstance(event, LinksChanged):
            self._change(who, links=_read_links(event.links))
        elif isinstance(event, Muted):
            self._change(who, muted=event.kinds)
        elif isinstance(event, QualityChanged):
            self._change(who, quality=event.quality)
        elif isinstance(event, Lost):
            self._change(who, state=MediaState.LOST, session=event.session)
        elif isinstance(event, Back):
            self._change(who, state=MediaState.CONNECTED, session=event.session)
        elif isinstance(event, Closed):
            self._close(who, event)

    def _close(self, who: Who, event: Closed) -> None:
        known = self._people.get(who)
        if known is None or known.session != event.session:
            return  # of a connection that has been replaced
        closed = replace(known, state=MediaState.CLOSED, slots=(), links=(), why=event.why)
        del self._people[who]
        self._push(who, closed.as_mine())
        self._tell_room(who[0])

    def _change(self, who: Who, **changes: object) -> None:
        known = self._people.get(who)
        if known is None:
            return
        changed = replace(known, **changes)  # type: ignore[arg-type] # fields of Presence by name
        if changed == known:
            return
        self._people[who] = changed
        if changed.as_mine() != known.as_mine():
            self._push(who, changed.as_mine())
        self._tell_room(who[0])

    def _tell_room(self, room: str) -> None:
        now = self._look(room)
        if now != self._shown.get(room, MediaStage()):
            self._shown[room] = now
            self._show(room, now)
        if now == MediaStage():
            self._shown.pop(room, None)
            self._talking.pop(room, None)

    def _look(self, room: str) -> MediaStage:
        people = [(who[1], each) for who, each in self._people.items() if who[0] == room and _is_on_air(each)]
        on_air = tuple(
            OnAir(
                user_id=user_id,
                kinds=tuple(sorted(each.kinds - each.muted)),
                quality=each.quality,
                lost=each.state is MediaState.LOST,
            )
            for user_id, each in people
        )
        heard = {each.user_id for each in on_air}
        return MediaStage(on_air=on_air, talking=tuple(each for each in self._talking.get(room, ()) if each in heard))

    def stage_of(self, room: str) -> MediaStage:
        """Who is on the air in a room now."""
        return self._look(room)

    def snapshot(self) -> Mapping[Who, Presence]:
        """Everybody that is known."""
        return dict(self._people)


def _read_links(links: Sequence[LinkTicket]) -> tuple[MediaLink, ...]:
    return tuple(MediaLink(room=each.room, url=each.url, ticket=each.ticket) for each in links)


def _is_on_air(each: Presence) -> bool:
    return bool(each.kinds) and each.state in (MediaState.CONNECTED, MediaState.LOST)
