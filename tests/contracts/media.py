"""The promises of `liveroom.realtime.media.base.MediaEngine`, for every engine whose clients connect by an offer.

An engine's test module subclasses `MediaContract` and gives the fixture `engine`, started; people are real WebRTC
peers. All tests of the module run on one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest
import pytest_asyncio

from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.errors import NotConnected, TicketRefused
from liveroom.realtime.media.events import (
    Closed,
    Connected,
    Ended,
    FirstMedia,
    Kind,
    MediaEvent,
    Muted,
    SlotsChanged,
    TicketEnded,
)
from tests.support.media_robot import PATIENCE_S, Robot

E = TypeVar("E", bound=MediaEvent)
ROOMS = ("r", "a", "b", "other")
Enter = Callable[..., Awaitable[Robot]]
Person = Callable[..., Robot]


class Told:
    """What an engine has told, and a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[MediaEvent] = []
        self._news = asyncio.Event()

    def hear(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[E], user_id: str | None = None) -> list[E]:
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if user_id is None or getattr(event, "user_id", None) == user_id]

    async def until(self, kind: type[E], user_id: str, fits: Callable[[E], bool] = lambda _: True) -> E:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [event for event in self.of(kind, user_id) if fits(event)]
                if found:
                    return found[-1]
                self._news.clear()
                await self._news.wait()

    def shown_to(self, user_id: str) -> list[str | None]:
        """Who is in the slots of somebody, as told last."""
        changes = self.of(SlotsChanged, user_id)
        return [slot.user_id for slot in changes[-1].slots] if changes else []

    async def until_shown(self, user_id: str, *shown: str | None) -> SlotsChanged:
        """Wait until somebody was told that exactly these are in the slots."""
        return await self.until(SlotsChanged, user_id, lambda _: self.shown_to(user_id) == list(shown))


@pytest.mark.usefixtures("only_loopback")
class MediaContract:
    """See the module."""

    @pytest.fixture
    def told(self, engine: MediaEngine) -> Told:
        told = Told()
        engine.listen(told.hear)
        return told

    @pytest_asyncio.fixture(loop_scope="module")
    async def person(self, engine: MediaEngine) -> AsyncIterator[Callable[..., Robot]]:
        robots: list[Robot] = []

        def make(user_id: str, room: str = "r") -> Robot:
            robots.append(Robot(engine, room, user_id))
            return robots[-1]

        yield make
        for robot in robots:
            await robot.close()

    @pytest.fixture
    def enter(self, person: Callable[..., Robot]) -> Enter:
        async def enter(user_id: str, room: str = "r", **options: Any) -> Robot:
            return await person(user_id, room).connect(**options)

        return enter

    async def test_people_who_are_granted_hear_and_see_each_other(
        self, engine: MediaEngine, told: Told, enter: Enter
    ) -> None:
        host, guest = await enter("host"), await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        slots = (await told.until_shown("host", "guest", None)).slots
        assert slots[0].audio is not None
        assert slots[0].video is not None
        await asyncio.gather(host.until_gets(slots[0].video, 3), host.until_gets(slots[0].audio, 3))
        seen = (await told.until_shown("guest", "host", None)).slots[0]
        assert seen.video is not None
        await guest.until_gets(seen.video, 3)
        first = await told.until(FirstMedia, "guest", lambda event: event.kind is Kind.VIDEO)
        assert first.warm, "the transport stood before the grant"

    async def test_a_connection_alone_sends_to_nobody(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        host = await enter("host")
        await enter("pushy")
        await engine.grant("r", "host", 0)
        await told.until(Connected, "pushy")
        await engine.grant("r", "guest", 1)
        await enter("guest")
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await asyncio.gather(host.until_gets(str(slot.video), 3), host.until_gets(str(slot.audio), 3))
        assert set(host.counts) == {slot.audio, slot.video}, "nothing of who was not granted anything"
        assert not told.of(FirstMedia, "pushy")

    async def test_only_the_granted_kinds_are_forwarded(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        host = await enter("host")
        await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1, frozenset({Kind.AUDIO}))
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await host.until_gets(str(slot.audio), 10)
        assert slot.video not in host.counts

    async def test_a_grant_may_come_before_the_connection(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        host = await enter("host")
        await enter("guest")
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await host.until_gets(str(slot.video), 1)

    async def test_nothing_is_forwarded_after_the_right_has_ended(
        self, engine: MediaEngine, told: Told, enter: Enter
    ) -> None:
        host = await enter("host")
        await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await host.until_gets(str(slot.audio), 3)
        await engine.revoke("r", "guest")
        await told.until_shown("host", None, None)
        await engine.grant("r", "second", 2)
        await enter("second")
        again = (await told.until_shown("host", "second", None)).slots[0]
        await host.until_gets(str(again.video), 3)
        assert again.video == slot.video, "the free slot is used again, without another description"

    async def test_a_watcher_receives_and_is_not_seen(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        await enter("host")
        await engine.grant("r", "host", 0)
        watcher = await enter("watcher", sends=False, watch=True)
        slot = (await told.until_shown("watcher", "host", None)).slots[0]
        await watcher.until_gets(str(slot.video), 2)
        assert told.shown_to("host") in ([], [None, None])

    async def test_what_is_muted_stops_and_goes_on(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        host = await enter("host")
        await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await host.until_gets(str(slot.audio), 3)
        await engine.mute("r", "guest", Kind.AUDIO, True)
        assert (await told.until(Muted, "guest")).kinds == {Kind.AUDIO}
        await told.until(SlotsChanged, "host", lambda event: Kind.AUDIO in event.slots[0].muted)
        await host.until_silent(str(slot.audio), str(slot.video))
        await engine.mute("r", "guest", Kind.AUDIO, False)
        await host.until_gets(str(slot.audio), 3)

    async def test_what_is_muted_is_told_again_to_a_new_connection_and_ends_with_the_grant(
        self, engine: MediaEngine, told: Told, enter: Enter, person: Person
    ) -> None:
        guest = await enter("guest")
        await engine.grant("r", "guest", 1)
        await engine.mute("r", "guest", Kind.AUDIO, True)
        second = person("guest")
        second.ticket = guest.ticket
        await second.connect()
        await told.until(Closed, "guest")
        assert [event.kinds for event in told.of(Muted, "guest")] == [{Kind.AUDIO}, {Kind.AUDIO}]
        await engine.revoke("r", "guest")
        await told.until(Muted, "guest", lambda event: not event.kinds)

    async def test_nobody_is_muted_who_is_not_there(self, engine: MediaEngine) -> None:
        with pytest.raises(NotConnected):
            await engine.mute("r", "nobody", Kind.AUDIO, True)

    async def test_who_is_removed_does_not_come_back_with_the_old_ticket(
        self, engine: MediaEngine, told: Told, enter: Enter, person: Person
    ) -> None:
        await enter("host")
        guest = await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        await told.until_shown("host", "guest", None)
        await engine.remove("r", "guest")
        assert (await told.until(Closed, "guest")).why is Ended.REMOVED
        assert await told.until(TicketEnded, "guest")
        await told.until_shown("host", None, None)
        offer = await person("guest").offer()
        with pytest.raises(TicketRefused):
            await engine.answer(guest.ticket, offer)

    async def test_a_newer_ticket_ends_the_older(self, engine: MediaEngine, person: Person) -> None:
        older = await engine.prepare("r", "host")
        newer = await engine.prepare("r", "host")
        offer = await person("host").offer()
        with pytest.raises(TicketRefused):
            await engine.answer(older.ticket, offer)
        assert (await engine.answer(newer.ticket, offer)).sdp

    async def test_a_second_connection_takes_over_with_the_same_ticket_and_rights(
        self, engine: MediaEngine, told: Told, enter: Enter, person: Person
    ) -> None:
        host, guest = await enter("host"), await enter("guest")
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        slot = (await told.until_shown("host", "guest", None)).slots[0]
        await host.until_gets(str(slot.video), 2)
        second = person("guest")
        second.ticket = guest.ticket
        await second.connect()
        closed = await told.until(Closed, "guest")
        assert (closed.why, closed.session) == (Ended.REPLACED, guest.session)
        await host.until_gets(str(slot.video), 3)

    async def test_linked_rooms_hear_and_see_each_other(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        ada, ben = await enter("ada", "a"), await enter("ben", "b")
        await engine.grant("a", "ada", 0)
        await engine.grant("b", "ben", 0)
        await engine.link("a", "b")
        slot = (await told.until_shown("ada", "ben", None)).slots[0]
        assert slot.room == "b"
        await ada.until_gets(str(slot.video), 2)
        seen = (await told.until_shown("ben", "ada", None)).slots[0]
        await ben.until_gets(str(seen.video), 2)
        await engine.unlink("a", "b")
        await told.until_shown("ada", None, None)
        await told.until_shown("ben", None, None)

    async def test_who_was_granted_something_that_is_not_so_any_more_loses_it(
        self, engine: MediaEngine, told: Told, enter: Enter
    ) -> None:
        for seat, name in enumerate(("host", "guest")):
            await engine.grant("r", name, seat)
            await enter(name)
        await told.until_shown("host", "guest", None)
        await engine.resume("r", {"host"})
        await told.until_shown("host", None, None)

    async def test_commands_may_be_repeated(self, engine: MediaEngine, told: Told, enter: Enter) -> None:
        await enter("host")
        for _ in range(2):
            await engine.grant("r", "host", 0)
            await engine.link("r", "other")
            await engine.mute("r", "host", Kind.VIDEO, True)
        for _ in range(2):
            await engine.unlink("r", "other")
            await engine.revoke("r", "host")
            await engine.remove("r", "host")
            await engine.close_room("r")
        assert [event.kinds for event in told.of(Muted, "host")] == [{Kind.VIDEO}, set()], "it ends with the grant"
