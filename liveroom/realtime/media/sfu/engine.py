"""The embedded media engine, as the server sees it: tickets and rights here, packets in worker processes.

A room is on one worker. Linked rooms are brought onto one: the people of the one that has fewer are told that their
connection is lost, and come back to where the others are, with the tickets they have.
Promise: see `MediaEngine`. What was granted outlives a worker: the next one is told.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Coroutine
from hmac import compare_digest

from liveroom.realtime.clock import Clock
from liveroom.realtime.media.base import (
    SDP_CHARS,
    Answer,
    Capabilities,
    EngineHealth,
    MakeIceServers,
    MediaEngine,
    Ticket,
    no_ice_servers,
)
from liveroom.realtime.media.comeback import Comeback
from liveroom.realtime.media.errors import MediaError, MediaOverloaded, MediaUnavailable, NotConnected, OfferRefused
from liveroom.realtime.media.events import BOTH, Closed, Connected, Ended, Kind, Kinds, MediaEvent
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.rights import Rights
from liveroom.realtime.media.sfu.fleet import Fleet, SfuSettings
from liveroom.realtime.media.sfu.rpc import Message
from liveroom.realtime.media.sfu.worker_process import WorkerProcess
from liveroom.realtime.media.tickets import Tickets


class SfuEngine(MediaEngine):
    """See the module."""

    name = "sfu"
    capabilities = Capabilities(offers=True, links="forward", nodes=False, unmute=True)

    def __init__(self, settings: SfuSettings, clock: Clock, ice_servers: MakeIceServers = no_ice_servers) -> None:
        super().__init__()
        self._settings = settings
        self._clock = clock
        self._ice_servers = ice_servers
        self._tickets = Tickets()
        self._rights = Rights()
        self._sessions: dict[str, tuple[Person, int]] = {}
        self._comeback = Comeback(clock, self._tell)
        self._tasks: set[asyncio.Task[None]] = set()
        self._fleet = Fleet(settings, self._hear, self._restore, self._lose)

    @property
    def workers(self) -> list[WorkerProcess]:
        """The worker processes, for whoever looks after them."""
        return self._fleet.workers

    @property
    def health(self) -> EngineHealth:
        """See `MediaEngine`."""
        found = [worker.health for worker in self.workers]
        return EngineHealth(
            sum(each.connections for each in found),
            max(each.load for each in found),
            sum(each.packets_out for each in found),
            sum(worker.restarts for worker in self.workers),
        )

    # --- running ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """See `MediaEngine`."""
        await self._fleet.start()

    async def stop(self) -> None:
        """See `MediaEngine`."""
        self._comeback.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._fleet.stop()

    # --- commands -----------------------------------------------------------------------------------------------

    async def prepare(self, room: str, user_id: str, *, watch: bool = False) -> Ticket:
        """See `MediaEngine`."""
        if self._fleet.load_of(room) > self._settings.most_load:
            raise MediaOverloaded
        now_ms = self._clock.now_ms()
        person = Person(room, user_id)
        entry = self._tickets.issue(room, user_id, now_ms, watches=watch)
        if watch:
            self._rights.watchers.add(person)
            await self._ask(room, "watch", person)
        servers = self._ice_servers(user_id, now_ms)
        slots = self._settings.slots
        return Ticket(self.name, entry.secret, room, user_id, entry.expires_at_ms, slots, servers)

    async def owns(self, ticket: str, room: str, user_id: str) -> bool:
        """See `MediaEngine`."""
        entry = self._tickets.of(room, user_id)
        return entry is not None and compare_digest(entry.secret.encode(), ticket.encode())

    async def answer(self, ticket: str, offer: str) -> Answer:
        """See `MediaEngine`."""
        entry = self._tickets.find(ticket, self._clock.now_ms())
        if len(offer) > SDP_CHARS or not offer.isascii():
            raise OfferRefused(f"it has more than {SDP_CHARS} characters, or other ones than ASCII")
        person = Person(entry.room, entry.user_id)
        index = self._fleet.place(entry.room)
        session = f"m_{secrets.token_hex(8)}"
        self._sessions[session] = (person, index)
        try:
            said = await self._ask(entry.room, "answer", person, session=session, sdp=offer)
        except MediaError:
            self._sessions.pop(session, None)
            raise
        return Answer(session, said["sdp"])

    async def grant(self, room: str, user_id: str, seat: int, kinds: Kinds = BOTH) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        self._rights.grant(person, seat, kinds)
        await self._ask(room, "grant", person, seat=seat, kinds=sorted(kinds))

    async def revoke(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        self._rights.revoke(person)
        await self._ask(room, "revoke", person)

    async def mute(self, room: str, user_id: str, kind: Kind, muted: bool) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        if person not in self._rights.seats and self._tickets.of(room, user_id) is None:
            raise NotConnected(user_id)
        self._rights.mute(person, kind, muted)
        await self._ask(room, "mute", person, kind=kind, muted=muted)

    async def remove(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        person = Person(room, user_id)
        self._tickets.withdraw(room, user_id)
        self._rights.forget(person)
        self._comeback.forget(person)
        await self._ask(room, "remove", person, why=Ended.REMOVED)

    async def link(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.link(room_a, room_b)
        if self._fleet.place(room_a) != self._fleet.place(room_b):
            stays, goes = sorted((room_a, room_b), key=self._count, reverse=True)
            for room in {goes, *self._rights.linked(goes)} - {stays}:
                await self._move(room, self._fleet.place(stays))
        await self._fleet.ask(room_a, "link", room_a=room_a, room_b=room_b)

    async def unlink(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.unlink(room_a, room_b)
        await self._fleet.ask(room_a, "unlink", room_a=room_a, room_b=room_b)

    async def close_room(self, room: str) -> None:
        """See `MediaEngine`."""
        for linked in self._rights.linked(room):
            await self.unlink(room, linked)
        people = {*self._rights.people_of(room), *(Person(room, e.user_id) for e in self._tickets.of_room(room))}
        for person in people:
            await self.remove(room, person.user_id)
        self._fleet.forget(room)

    async def resume(self, room: str, seated: Collection[str]) -> None:
        """See `MediaEngine`; whoever is connected has been told of."""
        for person in [each for each in self._rights.seats if each.room == room and each.user_id not in seated]:
            await self.revoke(room, person.user_id)

    async def _ask(self, room: str, do: str, person: Person, **fields: object) -> Message:
        return await self._fleet.ask(room, do, room=person.room, user_id=person.user_id, **fields)

    # --- places -------------------------------------------------------------------------------------------------

    def _count(self, room: str) -> int:
        return sum(person.room == room for person, _ in self._sessions.values())

    async def _move(self, room: str, index: int) -> None:
        """Bring a room to another worker; its people have to connect anew."""
        self._fleet.put(room, index)
        await self._tell_rights(room)
        for session, (person, place) in list(self._sessions.items()):
            if person.room == room and place != index:
                self._comeback.lose(person, session)

    async def _tell_rights(self, room: str) -> None:
        rights = self._rights
        for person in rights.people_of(room):
            seat = rights.seats.get(person)
            if seat is not None:
                await self._ask(room, "grant", person, seat=seat.number, kinds=sorted(seat.kinds))
            if person in rights.watchers:
                await self._ask(room, "watch", person)
            for kind in rights.muted.get(person, ()):
                await self._ask(room, "mute", person, kind=kind, muted=True)

    # --- what workers tell --------------------------------------------------------------------------------------

    def _hear(self, index: int, event: MediaEvent) -> None:
        if isinstance(event, Connected):
            person = Person(event.room, event.user_id)
            self._tell(event)
            self._comeback.note(person, event.session)
            self._end_elsewhere(person, index)
        elif isinstance(event, Closed):
            self._sessions.pop(event.session, None)
            self._tell(event)
        else:
            self._tell(event)

    def _end_elsewhere(self, person: Person, index: int) -> None:
        for session, (who, place) in list(self._sessions.items()):
            if who == person and place != index:
                del self._sessions[session]
                fields = {"room": person.room, "user_id": person.user_id, "why": Ended.REPLACED}
                self._spawn(self._fleet.ask_quietly(place, "remove", **fields))

    def _lose(self, index: int) -> None:
        """A worker is gone, and all its connections."""
        for session, (person, place) in list(self._sessions.items()):
            if place == index:
                del self._sessions[session]
                self._comeback.lose(person, session)

    def _restore(self, index: int) -> None:
        """A worker is there; it is told what was granted."""
        self._spawn(self._restore_rights(index))

    async def _restore_rights(self, index: int) -> None:
        rooms = self._fleet.rooms_of(index)
        try:
            for room in rooms:
                await self._tell_rights(room)
            for room in rooms:
                for other in self._rights.linked(room):
                    await self._fleet.ask(room, "link", room_a=room, room_b=other)
        except MediaUnavailable:
            return  # it is gone again, and the next one is told

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
