"""The promises of `liveroom.realtime.media.base.MediaEngine`, for every engine whose clients go to a server of its own
with their ticket.

An engine's test module subclasses `TicketContract` and gives the fixtures `engine`, started, and `join`, which connects
somebody by a ticket and raises `Refused` where that is not let in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from liveroom.realtime.media.base import MediaEngine, Ticket
from liveroom.realtime.media.errors import MediaUnsupported, NotConnected
from liveroom.realtime.media.events import BOTH, Closed, Connected, Ended, Kind, LinksChanged, Muted, TicketEnded
from tests.contracts.media import Told
from tests.support.livekit import Refused, Visitor

Join = Callable[[str], Awaitable[Visitor]]
Settle = Callable[[], Awaitable[None]]


class TicketContract:
    """See the module."""

    @pytest.fixture
    def told(self, engine: MediaEngine) -> Told:
        told = Told()
        engine.listen(told.hear)
        return told

    async def test_people_who_are_granted_hear_and_see_each_other_on_the_warm_connection(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        host = await join((await engine.prepare("r", "host")).ticket)
        guest = await join((await engine.prepare("r", "guest")).ticket)
        await settle()
        assert {event.user_id for event in told.of(Connected)} == {"host", "guest"}
        await engine.grant("r", "host", 0)
        await engine.grant("r", "guest", 1)
        for visitor in (host, guest):
            for kind in Kind:
                await visitor.publish(kind)
        assert host.sees() == {("guest", kind) for kind in Kind}
        assert guest.sees() == {("host", kind) for kind in Kind}
        assert not told.of(Closed)

    async def test_a_connection_alone_sends_to_nobody_and_receives_nothing(
        self, engine: MediaEngine, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "host", 0)
        host = await join((await engine.prepare("r", "host")).ticket)
        pushy = await join((await engine.prepare("r", "pushy")).ticket)
        await settle()
        await host.publish(Kind.VIDEO)
        for kind in Kind:
            with pytest.raises(Refused):
                await pushy.publish(kind)
        assert not pushy.sees()

    async def test_only_the_granted_kinds_can_be_sent(self, engine: MediaEngine, join: Join, settle: Settle) -> None:
        await engine.grant("r", "guest", 1, frozenset({Kind.AUDIO}))
        guest = await join((await engine.prepare("r", "guest")).ticket)
        await settle()
        await guest.publish(Kind.AUDIO)
        with pytest.raises(Refused):
            await guest.publish(Kind.VIDEO)
        await engine.grant("r", "guest", 1, frozenset({Kind.VIDEO}))
        assert not guest.sends(), "what may no longer be sent ends"
        await guest.publish(Kind.VIDEO)

    async def test_a_grant_between_ticket_and_connection_holds(
        self, engine: MediaEngine, join: Join, settle: Settle
    ) -> None:
        ticket = await engine.prepare("r", "guest")
        await engine.grant("r", "guest", 1)
        guest = await join(ticket.ticket)
        await settle()
        await guest.publish(Kind.VIDEO)

    async def test_a_right_that_ended_before_the_connection_is_gone(
        self, engine: MediaEngine, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        ticket = await engine.prepare("r", "guest")
        await engine.revoke("r", "guest")
        guest = await join(ticket.ticket)
        await settle()
        with pytest.raises(Refused):
            await guest.publish(Kind.AUDIO)
        assert not guest.sees()

    async def test_nothing_is_sent_after_the_right_has_ended(
        self, engine: MediaEngine, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        guest = await join((await engine.prepare("r", "guest")).ticket)
        await settle()
        await guest.publish(Kind.VIDEO)
        await engine.revoke("r", "guest")
        assert not guest.sends()
        assert guest.is_connected

    async def test_a_watcher_receives_and_cannot_send(self, engine: MediaEngine, join: Join, settle: Settle) -> None:
        await engine.grant("r", "host", 0)
        host = await join((await engine.prepare("r", "host")).ticket)
        watcher = await join((await engine.prepare("r", "watcher", watch=True)).ticket)
        await settle()
        await host.publish(Kind.AUDIO)
        assert watcher.sees() == {("host", Kind.AUDIO)}
        with pytest.raises(Refused):
            await watcher.publish(Kind.AUDIO)

    async def test_what_is_muted_stops_also_when_it_is_sent_anew(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        for seat, name in enumerate(("host", "guest")):
            await engine.grant("r", name, seat)
        host = await join((await engine.prepare("r", "host")).ticket)
        guest = await join((await engine.prepare("r", "guest")).ticket)
        await settle()
        for kind in Kind:
            await guest.publish(kind)
        await engine.mute("r", "guest", Kind.AUDIO, True)
        assert host.sees() == {("guest", Kind.VIDEO)}
        assert told.of(Muted, "guest")[-1].kinds == {Kind.AUDIO}
        await guest.publish(Kind.AUDIO)
        await settle()
        assert host.sees() == {("guest", Kind.VIDEO)}
        assert not engine.capabilities.unmute
        with pytest.raises(MediaUnsupported):
            await engine.mute("r", "guest", Kind.AUDIO, False)
        assert len(told.of(Muted)) == 1

    async def test_what_is_muted_is_told_again_to_a_new_connection_and_ends_with_the_grant(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        ticket = (await engine.prepare("r", "guest")).ticket
        await join(ticket)
        await settle()
        await engine.mute("r", "guest", Kind.AUDIO, True)
        await join(ticket)
        await settle()
        assert [event.kinds for event in told.of(Muted, "guest")] == [{Kind.AUDIO}, {Kind.AUDIO}]
        await engine.revoke("r", "guest")
        assert told.of(Muted, "guest")[-1].kinds == set()

    async def test_a_ticket_ends_with_the_connection_of_who_has_no_grant(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        for name, is_kept in (("guest", True), ("watcher", False)):
            ticket = (await engine.prepare("r", name, watch=not is_kept)).ticket
            await (await join(ticket)).leave()
            await settle()
            assert bool(told.of(TicketEnded, name)) is not is_kept
            assert await engine.owns(ticket, "r", name) is is_kept
            again = await join(ticket)
            await settle()
            assert again.is_connected is is_kept

    async def test_nobody_is_muted_who_is_not_there(self, engine: MediaEngine) -> None:
        with pytest.raises(NotConnected):
            await engine.mute("r", "nobody", Kind.AUDIO, True)

    async def test_who_is_removed_does_not_come_back_with_the_old_ticket(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        ticket = await engine.prepare("r", "guest")
        guest = await join(ticket.ticket)
        await settle()
        assert await engine.owns(ticket.ticket, "r", "guest")
        await engine.remove("r", "guest")
        await settle()
        assert not guest.is_connected
        assert [event.why for event in told.of(Closed, "guest")] == [Ended.REMOVED]
        assert not await engine.owns(ticket.ticket, "r", "guest")
        again = await join(ticket.ticket)
        await settle()
        assert not again.is_connected
        assert len(told.of(Connected)) == 1

    async def test_a_newer_ticket_ends_the_older(self, engine: MediaEngine, join: Join, settle: Settle) -> None:
        await engine.grant("r", "host", 0)
        older = await engine.prepare("r", "host")
        newer = await engine.prepare("r", "host")
        first = await join(older.ticket)
        await settle()
        assert not first.is_connected
        second = await join(newer.ticket)
        await settle()
        assert second.is_connected

    async def test_a_second_connection_takes_over(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        await engine.grant("r", "guest", 1)
        ticket = await engine.prepare("r", "guest")
        await join(ticket.ticket)
        await settle()
        second = await join(ticket.ticket)
        await settle()
        await second.publish(Kind.VIDEO)
        assert [event.why for event in told.of(Closed, "guest")] == [Ended.REPLACED]
        assert told.of(Connected, "guest")[-1].session == second.info.sid

    async def test_people_of_linked_rooms_look_at_each_other_by_second_tickets(
        self, engine: MediaEngine, told: Told, join: Join, settle: Settle
    ) -> None:
        tickets: dict[str, Ticket] = {}
        hosts: dict[str, Visitor] = {}
        for room, name in (("a", "ada"), ("b", "ben")):
            await engine.grant(room, name, 0)
            tickets[name] = await engine.prepare(room, name)
            hosts[name] = await join(tickets[name].ticket)
        await settle()
        assert not tickets["ada"].links
        await engine.link("a", "b")
        await engine.link("b", "a")
        (link,) = told.of(LinksChanged, "ada")[-1].links
        assert (link.room, len(told.of(LinksChanged))) == ("b", 2)
        looker = await join(link.ticket)
        await settle()
        await hosts["ben"].publish(Kind.VIDEO)
        assert looker.sees() == {("ben", Kind.VIDEO)}
        assert looker.info.permission.hidden
        with pytest.raises(Refused):
            await looker.publish(Kind.AUDIO)
        assert {event.user_id for event in told.of(Connected)} == {"ada", "ben"}, "a looker is nobody of the room"
        assert [each.room for each in (await engine.prepare("a", "ada")).links] == ["b"], "after a reload too"
        await engine.unlink("a", "b")
        await settle()
        assert not looker.is_connected
        assert hosts["ben"].is_connected
        assert told.of(LinksChanged, "ben")[-1].links == ()
        late = await join(link.ticket)
        await settle()
        assert not late.is_connected

    async def test_guests_without_a_seat_get_no_link(self, engine: MediaEngine, told: Told) -> None:
        await engine.grant("a", "ada", 0)
        await engine.prepare("a", "ada")
        await engine.prepare("a", "waiting")
        await engine.prepare("a", "watcher", watch=True)
        await engine.link("a", "b")
        assert [event.user_id for event in told.of(LinksChanged)] == ["ada"]
        await engine.revoke("a", "ada")
        assert told.of(LinksChanged, "ada")[-1].links == ()

    async def test_commands_may_be_repeated(self, engine: MediaEngine, told: Told, join: Join, settle: Settle) -> None:
        await join((await engine.prepare("r", "host")).ticket)
        for _ in range(2):
            await engine.grant("r", "host", 0, BOTH)
            await engine.link("r", "other")
            await engine.mute("r", "host", Kind.VIDEO, True)
        for _ in range(2):
            await engine.unlink("r", "other")
            await engine.revoke("r", "host")
            await engine.remove("r", "host")
            await engine.close_room("r")
        await settle()
        assert [event.kinds for event in told.of(Muted, "host")] == [{Kind.VIDEO}, set()], "it ends with the grant"
        assert len(told.of(Closed, "host")) == 1
