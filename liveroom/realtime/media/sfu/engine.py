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
from liveroom.realtime.media.events import BOTH, Closed, Connected, Ended, Kind, Kinds, MediaEvent, TicketEnded
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.rights import Rights
from liveroom.realtime.media.sfu.fleet import Fleet, SfuSettings
from liveroom.realtime.media.sfu.rpc import Message
from liveroom.realtime.media.sfu.sessions import FINAL, Session, Sessions
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
        self._sessions = Sessions()
        self._comeback = Comeback(clock, self._note)
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
            try:
                await self._ask(room, "watch", person)
            except MediaError:
                if self._tickets.of(room, user_id) is entry:
                    self._tickets.withdraw(room, user_id)
                raise
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
        self._sessions.add(session, Session(person, index, entry.secret))
        try:
            said = await self._ask(entry.room, "answer", person, session=session, sdp=offer)
        except (MediaError, asyncio.CancelledError):
            self._sessions.drop(session)  # who does not get the answer cannot connect with it
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
        self._tell_elsewhere(room, "revoke", room=room, user_id=user_id)
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
        names = self._sessions.names_of(person)
        self._tell_elsewhere(room, "remove", room=room, user_id=user_id, why=Ended.REMOVED)
        try:
            await self._ask(room, "remove", person, why=Ended.REMOVED)
        finally:
            self._comeback.forget(person)
            for session in names:  # those that the worker had not any more, since they are lost
                if self._sessions.drop(session) is not None:
                    self._tell(Closed(room, user_id, session, Ended.REMOVED))
            if self._tickets.of(room, user_id) is None:
                self._tell(TicketEnded(room, user_id))

    async def link(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.link(room_a, room_b)
        stays, goes = sorted((room_a, room_b), key=self._sessions.count, reverse=True)
        index = self._fleet.place(stays)
        moved = [room for room in self._rights.joined(goes) if self._fleet.place(room) != index]
        for room in moved:
            self._fleet.put(room, index)
        try:
            await self._tell_rights(moved)
            await self._fleet.ask(room_a, "link", room_a=room_a, room_b=room_b)
        finally:
            self._lose_elsewhere(moved)

    async def unlink(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        self._rights.unlink(room_a, room_b)
        self._tell_elsewhere(room_a, "unlink", room_a=room_a, room_b=room_b)
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

    def _lose_elsewhere(self, rooms: Collection[str]) -> None:
        """The people of rooms that were brought to another worker have to connect anew."""
        for room in rooms:
            for session, person in self._sessions.elsewhere(room, self._fleet.place(room)):
                self._comeback.lose(person, session)

    def _tell_elsewhere(self, at: str, do: str, **fields: object) -> None:
        """Take away on the other workers too: one may have the room from before it was moved, and people there."""
        for worker in set(range(len(self.workers))) - {self._fleet.place(at)}:
            self._spawn(self._fleet.ask_quietly(worker, do, **fields))

    async def _tell_rights(self, rooms: Collection[str]) -> None:
        for room in rooms:
            await self._tell_rights_of(room)
        for room in rooms:
            for other in self._rights.linked(room):
                await self._fleet.ask(room, "link", room_a=room, room_b=other)

    async def _tell_rights_of(self, room: str) -> None:
        rights = self._rights
        for person in list(rights.people_of(room)):
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
            for worker in set(self._sessions.drop_older(event.session, person)) - {index}:
                self._spawn(self._put_out(worker, person, Ended.REPLACED))
        else:
            self._note(event)

    def _note(self, event: MediaEvent) -> None:
        over = self._sessions.drop(event.session) if isinstance(event, Closed) else None
        self._tell(event)
        if over is not None and isinstance(event, Closed) and event.why in FINAL:
            self._end_ticket(over)

    def _end_ticket(self, over: Session) -> None:
        """Nobody is waited for who has no grant: ticket and right to watch end with the last connection."""
        person = over.person
        entry = self._tickets.of(person.room, person.user_id)
        has_newer = entry is not None and entry.secret != over.ticket
        if not has_newer and not self._sessions.uses(over.ticket) and person not in self._rights.seats:
            self._tickets.withdraw(person.room, person.user_id)
            self._rights.forget(person)
            self._tell(TicketEnded(person.room, person.user_id))
            self._spawn(self._forget(over))

    async def _forget(self, over: Session) -> None:
        person = over.person
        if self._rights.receives(person):
            return  # he has come anew meanwhile
        place = self._fleet.place(person.room)
        for worker in {place, place if over.worker is None else over.worker}:
            await self._put_out(worker, person, Ended.REMOVED)

    async def _put_out(self, worker: int, person: Person, why: Ended) -> None:
        await self._fleet.ask_quietly(worker, "remove", room=person.room, user_id=person.user_id, why=why)

    def _lose(self, index: int) -> None:
        """A worker is gone, and all its connections."""
        for session, person in self._sessions.lose(index):
            self._comeback.lose(person, session)

    def _restore(self, index: int) -> None:
        """A worker is there; it is told what was granted."""
        self._spawn(self._restore_rights(index))

    async def _restore_rights(self, index: int) -> None:
        try:
            await self._tell_rights(self._fleet.rooms_of(index))
        except MediaUnavailable:
            return  # it is gone again, and the next one is told

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
