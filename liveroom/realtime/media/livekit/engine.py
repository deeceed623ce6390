"""The LiveKit engine, as the server sees it: tickets and rights here, audio and video in a LiveKit server.

What is granted is told to LiveKit at once, and again when somebody connects; what happened is heard by webhooks, which
every node gets (`hear_webhook`), since nobody knows at which one they arrive.
Promise: see `MediaEngine`. A token cannot be taken back from its holder, so who comes with one that has ended is put
out as soon as he is seen.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from hmac import compare_digest
from weakref import WeakValueDictionary

from liveroom.realtime.clock import Clock
from liveroom.realtime.media.base import (
    Answer,
    Capabilities,
    Json,
    MakeIceServers,
    MediaEngine,
    Ticket,
    no_ice_servers,
)
from liveroom.realtime.media.comeback import Comeback
from liveroom.realtime.media.errors import MediaUnsupported, NotConnected
from liveroom.realtime.media.events import (
    BOTH,
    NOTHING,
    Closed,
    Connected,
    Ended,
    Kind,
    Kinds,
    LinksChanged,
    MediaEvent,
    Muted,
    TicketEnded,
)
from liveroom.realtime.media.livekit.calls import Calls
from liveroom.realtime.media.livekit.errands import Errands
from liveroom.realtime.media.livekit.idle import IdleWatch
from liveroom.realtime.media.livekit.links import Links
from liveroom.realtime.media.livekit.register import Register
from liveroom.realtime.media.livekit.terms import LiveKitTerms
from liveroom.realtime.media.livekit.tokens import make_permission, make_token, name_looker
from liveroom.realtime.media.livekit.webhooks import News, What, read_person, read_webhook, unpack_news
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.rights import Rights


class LiveKitEngine(MediaEngine):
    """See the module."""

    name = "livekit"
    capabilities = Capabilities(offers=False, links="second_ticket", nodes=True, unmute=False)

    def __init__(self, terms: LiveKitTerms, clock: Clock, ice_servers: MakeIceServers = no_ice_servers) -> None:
        super().__init__()
        self._terms = terms
        self._ice_servers = ice_servers
        self._clock = clock
        self._calls = Calls(terms)
        self._register = Register(terms.token_s)
        self._rights = Rights()
        self._links = Links(terms, self._rights)
        self._comeback = Comeback(clock, self._tell_of)
        self._idle = IdleWatch(clock, terms.warm_s, self._end_idle)
        self._told: set[str] = set()
        self._locks: WeakValueDictionary[Person, asyncio.Lock] = WeakValueDictionary()
        self._errands = Errands()
        self._is_running = False

    # --- running ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """See `MediaEngine`."""
        self._calls.open()
        self._is_running = True

    async def stop(self) -> None:
        """See `MediaEngine`; LiveKit goes on without this node, and so do its people."""
        self._is_running = False
        self._comeback.stop()
        self._idle.stop()
        await self._errands.stop()
        await self._calls.close()

    async def settle(self) -> None:
        """Wait until what was heard is done."""
        await self._errands.settle()

    # --- commands -----------------------------------------------------------------------------------------------

    async def prepare(self, room: str, user_id: str, *, watch: bool = False) -> Ticket:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        if watch:
            self._rights.watchers.add(person)
        now_ms = self._clock.now_ms()
        number = secrets.token_hex(8)
        sends, receives = self._sends(person), self._rights.receives(person)
        token = make_token(self._terms, room, user_id, number, sends=sends, receives=receives)
        self._register.issue(person, number, token, now_ms)
        for ended in self._links.renew(person):
            self._register.end(ended, now_ms)
        self._links.bring(person)
        expires_at_ms = now_ms + int(self._terms.token_s * 1000)
        links = self._links.of(person)
        servers, slots = self._ice_servers(user_id, now_ms), self._terms.slots
        url = self._terms.client_url
        return Ticket(self.name, token, room, user_id, expires_at_ms, slots, servers, url, links)

    async def owns(self, ticket: str, room: str, user_id: str) -> bool:
        """See `MediaEngine`."""
        token = self._register.token_of(Person(room, user_id))
        return token is not None and compare_digest(token.encode(), ticket.encode())

    async def answer(self, ticket: str, offer: str) -> Answer:
        """See `MediaEngine`."""
        raise MediaUnsupported("answer offers; connect to the `url` of the ticket with a client of LiveKit")

    async def grant(self, room: str, user_id: str, seat: int, kinds: Kinds = BOTH) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        self._rights.grant(person, seat, kinds)
        self._told.add(room)
        await self._permit(person)
        await self._bring_links(person)

    async def revoke(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        if self._rights.revoke(person):
            self._tell(Muted(room, user_id, NOTHING))
        await self._permit(person)
        await self._bring_links(person)

    async def mute(self, room: str, user_id: str, kind: Kind, muted: bool) -> None:
        """See `MediaEngine`; what somebody publishes of a muted kind later is muted too."""
        person = Person(room, user_id)
        if person not in self._rights.seats and self._register.token_of(person) is None:
            raise NotConnected(user_id)
        before = self._rights.muted.get(person, NOTHING)
        await self._calls.mute(room, user_id, kind, muted)
        after = self._rights.mute(person, kind, muted)
        if after != before:
            self._tell(Muted(room, user_id, after))

    async def remove(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        self._register.withdraw(person, self._clock.now_ms())
        self._rights.forget(person)
        lost = self._comeback.forget(person)
        self._idle.call_off(person)
        try:
            await self._calls.remove(room, user_id)
            await self._bring_links(person)
        finally:
            session = self._register.leave(person) or lost
            if session is not None:
                self._tell(Closed(room, user_id, session, Ended.REMOVED))
            if self._register.token_of(person) is None:
                self._tell(TicketEnded(room, user_id))

    async def link(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.link(room_a, room_b)
        await self._bring_rooms(room_a, room_b)

    async def unlink(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.unlink(room_a, room_b)
        await self._bring_rooms(room_a, room_b)

    async def close_room(self, room: str) -> None:
        """See `MediaEngine`."""
        for linked in self._rights.linked(room):
            await self.unlink(room, linked)
        for person in {*self._rights.people_of(room), *self._register.people_of(room)}:
            await self.remove(room, person.user_id)
        await self._calls.delete_room(room)
        self._told.discard(room)

    async def resume(self, room: str, seated: Collection[str]) -> None:
        """See `MediaEngine`; what was not granted here is taken from whoever is found to have it."""
        self._told.add(room)
        for each in await self._calls.find_people(room):
            self.hear(read_person(What.JOINED, room, each))

    # --- rights -------------------------------------------------------------------------------------------------

    def _sends(self, person: Person) -> Kinds:
        seat = self._rights.seats.get(person)
        return seat.kinds if seat is not None else NOTHING

    async def _permit(self, person: Person, *, watches: bool = False) -> None:
        """Tell LiveKit what somebody may do now; `watches`: another node may have let him."""
        async with self._locks.setdefault(person, asyncio.Lock()):
            receives = self._rights.receives(person) or (watches and self._register.token_of(person) is None)
            permission = make_permission(self._sends(person), receives=receives)
            is_here = self._register.session_of(person) is not None
            await self._calls.permit(person.room, person.user_id, permission, is_here=is_here)
        if receives:
            self._idle.call_off(person)
        elif self._register.session_of(person) is not None:
            self._idle.begin(person)

    def _end_idle(self, person: Person) -> None:
        session = self._register.leave(person)
        if session is not None:
            self._tell_of(Closed(person.room, person.user_id, session, Ended.IDLE))
            self._errands.begin(self._calls.remove(person.room, person.user_id))

    # --- links --------------------------------------------------------------------------------------------------

    async def _bring_rooms(self, *rooms: str) -> None:
        for room in rooms:
            for person in self._register.people_of(room):
                await self._bring_links(person)

    async def _bring_links(self, person: Person) -> None:
        if self._register.token_of(person) is None and not self._links.of(person):
            return  # the node that gave the ticket gives the others too
        brought = self._links.bring(person)
        if brought is None:
            return
        links, ended = brought
        self._tell(LinksChanged(person.room, person.user_id, links))
        for room, number in ended.items():
            self._register.end(number, self._clock.now_ms())
            await self._calls.remove(room, name_looker(person.room, person.user_id))

    # --- what LiveKit tells -------------------------------------------------------------------------------------

    def read_webhook(self, body: bytes, token: str) -> Json | None:
        """See `MediaEngine`."""
        news = read_webhook(self._terms, body, token)
        return news.pack() if news is not None else None

    def hear_webhook(self, told: Json) -> None:
        """See `MediaEngine`."""
        self.hear(unpack_news(told))

    def hear(self, news: News) -> None:
        """Something happened; every node is told, and more than once does no harm."""
        if not self._is_running:
            return
        if self._register.has_ended(news.number, self._clock.now_ms()):
            if news.what is What.JOINED:
                self._errands.begin(self._calls.remove(news.room, news.identity))
        elif news.of is None and news.room in self._told:
            self._note(Person(news.room, news.identity), news)

    def _note(self, person: Person, news: News) -> None:
        if news.what is What.JOINED:
            self._note_joined(person, news)
        elif news.what is What.PUBLISHED:
            if news.kind is not None and news.kind in self._rights.muted.get(person, NOTHING):
                self._errands.begin(self._calls.mute(person.room, person.user_id, news.kind, True))
        elif self._register.session_of(person) == news.sid:
            self._register.leave(person)
            self._idle.call_off(person)
            if news.why is not None:
                self._tell_of(Closed(person.room, person.user_id, news.sid, news.why))
            else:
                self._comeback.lose(person, news.sid)
        else:
            self._register.note_over(news.sid)

    def _note_joined(self, person: Person, news: News) -> None:
        if not self._register.join(person, news.sid):
            return
        self._tell(Connected(person.room, person.user_id, news.sid, None))
        self._comeback.note(person, news.sid)
        if muted := self._rights.muted.get(person):  # it outlives connections, and what is known of them
            self._tell(Muted(person.room, person.user_id, muted))
        self._errands.begin(self._permit(person, watches=news.receives))

    def _tell_of(self, event: MediaEvent) -> None:
        """Tell, and end the ticket of who is closed for good and has no grant."""
        self._tell(event)
        if not isinstance(event, Closed) or event.why is Ended.REPLACED:
            return
        person = Person(event.room, event.user_id)
        if person in self._rights.seats and event.why is not Ended.REMOVED:
            return
        if self._register.end_used(person, self._clock.now_ms()):
            self._rights.watchers.discard(person)
            self._tell(TicketEnded(event.room, event.user_id))
