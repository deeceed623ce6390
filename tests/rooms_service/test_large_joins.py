"""Joins cost bytes: who does not read gets no more of them, and a long absence is made good with a snapshot."""

from __future__ import annotations

from types import SimpleNamespace

import orjson

from liveroom.realtime.backpressure import ASKED_BYTES
from liveroom.realtime.fanout import ANSWER_BYTES
from liveroom.realtime.identity import Role
from liveroom.realtime.member import PAUSE_BYTES
from liveroom.realtime.ring import CATCH_UP_BYTES
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom
from tests.realtime.consumers import FrameReader
from tests.realtime.thin_transport import ThinTransport
from tests.rooms.builders import HOST
from tests.rooms_service.house import House
from tests.support.raw_socket import make_text

KIB = 1024
TEXT = "字" * 500
TEXT_BYTES = len(TEXT.encode())


async def test_who_has_not_read_what_was_sent_gets_no_further_snapshot(house: House) -> None:
    """Refused with the time to wait; a snapshot for each of thousands of joins would fill the memory."""
    line = await house.enter("ann")
    transport = line.connection.transport
    transport.get_write_buffer_size = lambda: PAUSE_BYTES + 1  # type: ignore[method-assign] # a peer that reads nothing
    refused = await line.join()
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("rate_limited", True)
    assert refused["error"]["retry_after_ms"] >= 1_000
    transport.get_write_buffer_size = lambda: PAUSE_BYTES  # type: ignore[method-assign] # it has read something
    assert "snapshot" in await line.join()


async def test_missing_more_than_half_a_megabyte_is_made_good_with_a_snapshot(house: House) -> None:
    """What was missed is in the ring, and is not sent all the same."""
    host, line = await house.enter("host", Role.HOST), await house.enter("ann")
    before = await line.join()
    few = CATCH_UP_BYTES // (TEXT_BYTES + 400)
    for _ in range(few):
        await host.ask("comment.send", {"text": TEXT})
    line.hear().clear()
    recovered = await line.join({"epoch": before["epoch"], "seq": before["seq"]})
    for _ in range(few, CATCH_UP_BYTES // TEXT_BYTES + 1):
        await host.ask("comment.send", {"text": TEXT})
    assert recovered["recovered"] is True
    assert len(orjson.dumps(recovered["events"])) <= ANSWER_BYTES + 1_000
    assert recovered["seq"] == before["seq"] + len(recovered["events"]), "the position that the answer leads to"
    followed = [event["seq"] for event in line.events()]
    assert followed[: few - len(recovered["events"])] == list(range(recovered["seq"] + 1, before["seq"] + few + 1))
    joined = await line.join({"epoch": before["epoch"], "seq": before["seq"]})
    assert joined["recovered"] is False
    assert joined["snapshot"]["comments"][-1]["seq"] == joined["seq"]


async def test_an_answer_to_connect_that_fills_the_buffer_is_followed_by_few_others(house: House) -> None:
    """The peer takes enough not to be closed, and never all of it."""
    await house.line("u_thin")
    connection = house.gateway.protocol_class()(None, SimpleNamespace(connections=set()), None)
    transport = ThinTransport(connection, high=100)
    house.gateway._welcome(connection)
    transport.bring(make_text({"id": 1, "type": "connect", "token": "u_thin", "rooms": {"demo": {}}}))
    await house.settle()
    assert connection.is_paused
    before = transport.backlog
    for _ in range(5_000):
        transport.bring(make_text({"type": "ping", "id": 2}))
    assert before < transport.backlog <= before + ASKED_BYTES + 1_000


async def test_all_rooms_of_a_connect_share_what_one_answer_may_bring(house: House) -> None:
    """Else sixteen rooms would take a thin line longer than it is waited for; the others follow as frames."""
    names = ["demo", "east", "west"]
    for name in names[1:]:
        await house.service.create(NewRoom(name, "晚上好", "small", HOST, RoomSettings()), HOST.id)
    host = await house.line(HOST.id, Role.OPERATOR)
    for name in names:
        await host.join(room=name)
        host.say("room.open", room=name)
        await house.settle()
    line = await house.line("ann")
    at = {name: await line.join(room=name) for name in names}
    line.hang_up()
    for name in names:
        for _ in range(20):
            host.say("comment.send", {"text": TEXT}, room=name)
            await house.settle()
    connection = house.gateway.protocol_class()(None, SimpleNamespace(connections=set()), None)
    transport = ThinTransport(connection)
    house.gateway._welcome(connection)
    rooms = {name: {"epoch": at[name]["epoch"], "seq": at[name]["seq"]} for name in names}
    transport.bring(make_text({"id": 1, "type": "connect", "token": "ann", "rooms": rooms}))
    await house.settle()
    house.clock.advance(10)
    while transport.backlog:
        transport.carry(transport.backlog)
    connected, *others = FrameReader().read(transport.written)
    events = {name: connected["rooms"][name]["events"] for name in names}
    assert all(connected["rooms"][name]["recovered"] for name in names)
    assert len(events["demo"]) > len(events["west"]) == 1
    assert len(orjson.dumps(events)) <= ANSWER_BYTES + 2 * (TEXT_BYTES + KIB)
    for name in names:
        followed = sum(len(each["events"]) for each in others if each["type"] == "events" and each["room"] == name)
        fanout = house.hub.get(name)
        assert fanout is not None
        assert len(events[name]) + followed == fanout.position.seq - at[name]["seq"]
