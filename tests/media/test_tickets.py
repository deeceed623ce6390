"""Whoever can come back with a ticket is known to the server, and who has none takes no place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, cast

import pytest

from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.media.base import KEEP_S
from liveroom.realtime.media.errors import MediaOverloaded, MediaUnavailable
from liveroom.realtime.media.events import (
    Closed,
    Connected,
    Ended,
    Forgotten,
    Kind,
    LinksChanged,
    LinkTicket,
    Lost,
    Muted,
)
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.worker_process import Health, WorkerProcess
from liveroom.rooms.media.air import Presence
from liveroom.rooms.messages.media import MediaState
from liveroom.rooms.moderation.people_handlers import KICKED
from tests.storage.battles.arena import Arena, Json, opened
from tests.support.clock import FakeClock

HOST = "host-a"


class Worker:
    """Answers as a worker does, without a process; `may_start`: from then on it is ready."""

    def __init__(self) -> None:
        self.health = Health()
        self.asked: list[str] = []
        self.fails = False
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def start(self) -> None:
        await self.may_start.wait()

    async def stop(self) -> None:
        pass

    async def ask(self, do: str, /, **fields: Any) -> Json:
        self.asked.append(do)
        if self.fails:
            raise MediaUnavailable
        return {"sdp": "v=0"}


class Stage:
    """Room "a" of a node, and what its worker tells."""

    def __init__(self, arena: Arena) -> None:
        media = arena.node.value.media
        self.arena, self.media, self.air = arena, media, media.air
        self.engine = cast(SfuEngine, media.engine)
        self.worker = Worker()
        self.engine._fleet.workers = [cast(WorkerProcess, self.worker)]

    async def do(self, user: str, type_: str, **data: Any) -> Json:
        if user == HOST:
            return await self.arena.host("a", type_, **data)
        return await self.arena.viewer("a", type_, user, **data)

    async def prepare(self, user: str, *, watch: bool = True) -> str:
        """A ticket for somebody who watches, or for the host."""
        ticket: str = (await self.do(user, "media.prepare", watch=watch and user != HOST))["ticket"]
        await self.settle()
        return ticket

    async def offer(self, user: str, ticket: str) -> str:
        session: str = (await self.do(user, "media.offer", ticket=ticket, sdp="v=0"))["session"]
        return session

    async def connect(self, user: str, ticket: str) -> str:
        """Offer, and have it stand."""
        session = await self.offer(user, ticket)
        self.engine._hear(0, Connected("a", user, session, 5))
        return session

    async def close(self, user: str, session: str, why: Ended = Ended.LOST) -> None:
        self.engine._hear(0, Closed("a", user, session, why))
        await self.settle()

    async def settle(self) -> None:
        """Let the engine be told."""
        assert self.media.reconciler is not None
        await self.media.reconciler.settle()
        await asyncio.gather(*self.engine._tasks, *self.media._tasks)

    async def refused(self, doing: Awaitable[object]) -> str:
        with pytest.raises(RealtimeError) as refused:
            await doing
        return refused.value.code

    def known(self, user: str) -> Presence:
        found = self.air.find("a", user)
        assert found is not None
        return found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Two may watch."""
    clock = FakeClock()
    async with opened(
        f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path, clock, media_engine="sfu", media_watchers=2
    ) as arena:
        yield Stage(arena)


async def test_a_host_who_was_away_longer_than_he_is_waited_for_is_on_the_air_again(stage: Stage) -> None:
    ticket = await stage.prepare(HOST)
    session = await stage.connect(HOST, ticket)
    stage.engine._hear(0, Muted("a", HOST, frozenset({Kind.AUDIO})))
    stage.engine._hear(0, Lost("a", HOST, session))
    await stage.close(HOST, session)
    assert stage.air.stage_of("a").on_air == ()
    assert stage.known(HOST).as_mine().why is Ended.LOST
    again = await stage.connect(HOST, ticket)
    mine = stage.known(HOST).as_mine()
    assert (mine.state, mine.session, mine.kinds) == (MediaState.CONNECTED, again, (Kind.AUDIO, Kind.VIDEO))
    assert mine.muted == (), "what is muted is told again after this"
    stage.engine._hear(0, Muted("a", HOST, frozenset({Kind.AUDIO})))
    assert stage.known(HOST).as_mine().muted == (Kind.AUDIO,)
    assert [(each.user_id, each.kinds) for each in stage.air.stage_of("a").on_air] == [(HOST, (Kind.VIDEO,))]


async def test_a_host_who_comes_back_still_has_the_tickets_of_linked_rooms(stage: Stage) -> None:
    ticket = await stage.prepare(HOST)
    session = await stage.connect(HOST, ticket)
    stage.engine._tell(LinksChanged("a", HOST, (LinkTicket("b", "wss://b", "t"),)))
    await stage.close(HOST, session)
    assert stage.known(HOST).as_mine().links == ()
    await stage.connect(HOST, ticket)
    assert [each.room for each in stage.known(HOST).as_mine().links] == ["b"]


async def test_whoever_connects_with_a_good_ticket_is_known_also_when_all_of_it_was_forgotten(stage: Stage) -> None:
    ticket = await stage.prepare(HOST)
    session = await stage.offer(HOST, ticket)
    stage.air.forget_all()
    stage.engine._hear(0, Connected("a", HOST, session, 5))
    assert [each.user_id for each in stage.air.stage_of("a").on_air] == [HOST]


async def test_the_ticket_of_who_watches_ends_with_the_connection(stage: Stage) -> None:
    ticket = await stage.prepare("ann")
    await stage.close("ann", await stage.connect("ann", ticket))
    assert stage.air.find("a", "ann") is None
    assert stage.worker.asked[-1] == "remove", "and the right to receive"
    assert await stage.refused(stage.offer("ann", ticket)) == "not_found"


async def test_a_kick_ends_a_ticket_also_of_who_is_not_known_to_be_connected(stage: Stage) -> None:
    ticket = await stage.engine.prepare("a", "ann", watch=True)
    await stage.media._begin()
    stage.media._hear_news({KICKED: {"room": "a", "user_id": "ann"}})
    await stage.settle()
    assert not await stage.engine.owns(ticket.ticket, "a", "ann")


async def test_an_engine_that_was_never_begun_is_not_asked_for_a_kick(stage: Stage) -> None:
    stage.media._hear_news({KICKED: {"room": "a", "user_id": "ann"}})
    await stage.settle()
    assert stage.worker.asked == []


async def test_an_attempt_that_comes_to_nothing_leaves_the_place_to_others(stage: Stage) -> None:
    for user in ("ann", "bob"):
        session = await stage.offer(user, await stage.prepare(user))
        await stage.close(user, session)
    assert stage.air.count_watchers("a") == 0
    assert await stage.prepare("cat")


async def test_an_attempt_in_place_of_another_keeps_the_ticket(stage: Stage) -> None:
    ticket = await stage.prepare("ann")
    first, second = await stage.offer("ann", ticket), await stage.offer("ann", ticket)
    await stage.close("ann", first, Ended.REPLACED)
    stage.engine._hear(0, Connected("a", "ann", second, 5))
    third = await stage.offer("ann", ticket)
    await stage.close("ann", third)
    assert stage.known("ann").state is MediaState.CONNECTED, "the one that stands goes on"
    await stage.connect("ann", ticket)
    await stage.close("ann", second, Ended.REPLACED)
    assert await stage.engine.owns(ticket, "a", "ann")


async def test_a_newer_ticket_outlives_the_connection_of_an_older_one(stage: Stage) -> None:
    session = await stage.connect("ann", await stage.prepare("ann"))
    newer = await stage.prepare("ann")
    await stage.close("ann", session)
    assert stage.air.count_watchers("a") == 1, "the place is still taken"
    await stage.connect("ann", newer)
    assert stage.known("ann").state is MediaState.CONNECTED


async def test_who_is_removed_while_lost_is_told_as_closed(stage: Stage) -> None:
    for user, remove in (("ann", stage.do("ann", "media.leave")), ("bob", stage.media.gone("a", "bob", 0))):
        session = await stage.connect(user, await stage.prepare(user))
        stage.engine._hear(0, Lost("a", user, session))
        await remove
    assert stage.air.count_watchers("a") == 0


async def test_who_does_not_come_back_after_the_end_of_a_worker_has_no_ticket(stage: Stage) -> None:
    ticket = await stage.prepare("ann")
    await stage.connect("ann", ticket)
    await stage.offer("ann", ticket)
    stage.engine._lose(0)
    stage.arena.clock.advance(int(KEEP_S * 1000) + 1)
    await stage.settle()
    assert stage.air.find("a", "ann") is None
    assert not await stage.engine.owns(ticket, "a", "ann")


async def test_many_who_ask_at_once_get_no_more_places_than_there_are(stage: Stage) -> None:
    stage.worker.may_start.clear()
    asked = [asyncio.ensure_future(stage.do(f"u{number}", "media.prepare", watch=True)) for number in range(5)]
    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    stage.worker.may_start.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, MediaOverloaded) for answer in answers) == 3
    assert stage.air.count_watchers("a") == 2


async def test_who_gets_no_ticket_takes_no_place(stage: Stage) -> None:
    stage.worker.fails = True
    for user in ("ann", "bob", "cat"):
        assert await stage.refused(stage.prepare(user)) == "unavailable"
    assert stage.air.count_watchers("a") == 0


async def test_a_player_who_is_refused_another_ticket_keeps_no_place_after_the_first(stage: Stage) -> None:
    session = await stage.connect("ann", await stage.prepare("ann"))
    stage.worker.fails = True
    assert await stage.refused(stage.prepare("ann")) == "unavailable"
    await stage.close("ann", session)
    assert stage.air.count_watchers("a") == 0


async def test_an_engine_that_has_forgotten_everything_leaves_no_place_taken(stage: Stage) -> None:
    await stage.connect("ann", await stage.prepare("ann"))
    await stage.prepare("bob")
    stage.media._hear(Forgotten())
    assert stage.air.count_watchers("a") == 0


async def test_a_seat_with_everything_switched_off_outlives_a_socket(stage: Stage) -> None:
    ticket = await stage.prepare(HOST)
    await stage.connect(HOST, ticket)
    stage.air.set_kinds("a", HOST, frozenset())
    await stage.media.gone("a", HOST, 0)
    assert await stage.engine.owns(ticket, "a", HOST), "the stage decides how long the seat is kept"


async def test_a_seat_that_ends_while_its_holder_is_away_leaves_nothing(stage: Stage) -> None:
    await stage.close(HOST, await stage.connect(HOST, await stage.prepare(HOST)))
    assert stage.known(HOST).state is MediaState.CLOSED
    await stage.do(HOST, "room.end")
    await stage.arena.settle()
    await stage.settle()
    assert stage.air.find("a", HOST) is None
