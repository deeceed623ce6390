"""The hub: one subscription for all who are here, holes repaired once for all, private words to the right ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from liveroom.realtime.backplane.base import Event, Target
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.realtime.hub import Hub, NodeMessage
from liveroom.realtime.identity import Role
from liveroom.realtime.member import LAG_BYTES
from liveroom.realtime.telemetry import NullTelemetry
from tests.realtime.consumers import FakeConsumer
from tests.realtime.remote import RemoteBackplane
from tests.realtime.rooms import make_event, numbers_of
from tests.support.clock import FakeClock


@pytest.fixture
def backplane(clock: FakeClock) -> RemoteBackplane:
    return RemoteBackplane(clock)


@pytest.fixture
async def hub(backplane: RemoteBackplane, clock: FakeClock) -> AsyncIterator[Hub]:
    hub = Hub(backplane, clock, NullTelemetry(), ring_events=50)
    await hub.start()
    yield hub
    await hub.stop()


async def join(hub: Hub, room: str = "r", role: Role = Role.VIEWER, user_id: str = "") -> FakeConsumer:
    fanout = await hub.open(room)
    consumer = FakeConsumer(fanout)
    fanout.attach(consumer, role, None)
    if user_id:
        hub.add_user(user_id, consumer)
    return consumer


async def settle(hub: Hub, clock: FakeClock) -> None:
    """Let repairs come to their end and flushes go out."""
    while hub._repairs or hub._opening or hub._closing:
        await asyncio.gather(*hub._repairs.values(), *hub._opening.values(), *hub._closing.values())
        await asyncio.sleep(0)
    clock.advance(1_000)


async def test_those_who_open_a_room_at_the_same_time_share_one_subscription(
    hub: Hub, backplane: RemoteBackplane
) -> None:
    fanouts = await asyncio.gather(*(hub.open("r") for _ in range(20)))
    assert len({id(fanout) for fanout in fanouts}) == 1
    assert backplane.calls.count("subscribe") == 1


@pytest.mark.parametrize("moments", [["subscribe"], ["subscribed"], ["latest"], ["subscribe", "subscribed", "latest"]])
async def test_what_is_said_while_a_room_is_being_opened_is_not_missed(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock, moments: list[str]
) -> None:
    backplane.between = lambda call: backplane.say("r", moments.index(call)) if call in moments else None
    fanout = await hub.open("r")
    await settle(hub, clock)
    assert fanout.ring.tail(0) == [make_event(number).payload for number in range(len(moments))]


async def test_a_total_told_while_a_room_is_being_opened_is_not_overwritten_by_an_older_one(
    hub: Hub, backplane: RemoteBackplane
) -> None:
    backplane.tell("r", "likes", b"1")
    backplane.tell("r", "audience", b"5")
    backplane.between = lambda call: backplane.tell("r", "likes", b"2") if call == "latest" else None
    fanout = await hub.open("r")
    assert fanout.values == {"likes": b"2", "audience": b"5"}


async def test_a_room_that_cannot_be_opened_says_so_and_can_be_opened_later(
    hub: Hub, backplane: RemoteBackplane
) -> None:
    backplane.is_away = True
    with pytest.raises(BackplaneUnavailable):
        await hub.open("r")
    assert hub.get("r") is None
    backplane.is_away = False
    assert (await hub.open("r")).position.seq == 0


async def test_who_opens_a_room_that_is_being_released_hears_it(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock
) -> None:
    await hub.open("r")
    backplane.turns["unsubscribe"] = 10
    releasing = asyncio.ensure_future(hub.release("r"))
    await asyncio.sleep(0)
    viewer = await join(hub)
    await releasing
    backplane.say("r", 1)
    await settle(hub, clock)
    assert numbers_of(viewer.messages()) == [1]


async def test_a_room_with_members_is_not_released(hub: Hub, backplane: RemoteBackplane, clock: FakeClock) -> None:
    viewer = await join(hub)
    await hub.release("r")
    backplane.say("r", 1)
    await settle(hub, clock)
    assert numbers_of(viewer.messages()) == [1]


async def test_a_hole_is_repaired_once_for_all_who_are_here(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock
) -> None:
    viewers = [await join(hub) for _ in range(3)]
    seen: list[bytes] = []
    hub.observe(lambda room, events: seen.extend(event.payload for event in events))
    backplane.say("r", 1)
    backplane.say("r", 2, 3, is_heard=False)
    for number in range(4, 30):
        backplane.say("r", number)
    await settle(hub, clock)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [list(range(1, 30))] * 3
    assert seen == [make_event(number).payload for number in range(1, 30)]
    assert backplane.calls.count("tail") <= 2, "one read, and one more since the room was torn on"


async def test_a_hole_that_tears_on_during_the_repair_is_repaired_too(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock
) -> None:
    viewer = await join(hub)

    def tear(call: str) -> None:
        backplane.between = lambda call: None
        backplane.say("r", 4, is_heard=False)
        backplane.say("r", 5)

    backplane.say("r", 1, 2, is_heard=False)
    backplane.say("r", 3)
    backplane.between = tear
    await settle(hub, clock)
    assert numbers_of(viewer.messages()) == [1, 2, 3, 4, 5]


async def test_a_hole_larger_than_the_history_lets_everybody_resync(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock
) -> None:
    viewer = await join(hub)
    backplane.say("r", *range(60), is_heard=False)
    backplane.say("r", 60)
    await settle(hub, clock)
    [message] = viewer.messages()
    assert message["type"] == "resync"
    assert hub.get("r").position.seq == 61  # type: ignore[union-attr] - it is open


async def test_a_gap_while_the_backplane_is_away_is_repaired_with_the_next_word(
    hub: Hub, backplane: RemoteBackplane, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    viewer = await join(hub)
    backplane.say("r", 1, is_heard=False)
    backplane.is_away = True
    hub.on_gap("r")
    await settle(hub, clock)
    assert "not repaired yet" in caplog.text
    assert viewer.messages() == []
    backplane.is_away = False
    backplane.say("r", 2)
    await settle(hub, clock)
    assert numbers_of(viewer.messages()) == [1, 2]


async def test_what_is_heard_twice_is_told_once(hub: Hub, backplane: RemoteBackplane, clock: FakeClock) -> None:
    viewer = await join(hub)
    epoch = (await hub.open("r")).epoch
    events = [make_event(number) for number in range(4)]
    hub.on_events("r", epoch, 1, events[:3])
    hub.on_events("r", epoch, 1, events[:2])
    hub.on_events("r", epoch, 2, events[1:])
    await settle(hub, clock)
    assert numbers_of(viewer.messages()) == [0, 1, 2, 3]


async def test_another_epoch_lets_everybody_resync(hub: Hub, backplane: RemoteBackplane, clock: FakeClock) -> None:
    viewer = await join(hub)
    await backplane.forget("r")
    await backplane.subscribe("r", 0)
    backplane.say("r", 1)
    await settle(hub, clock)
    assert [message["type"] for message in viewer.messages()] == ["resync"]


async def test_observers_see_events_before_they_are_flushed(hub: Hub, backplane: RemoteBackplane) -> None:
    fanout = await hub.open("r")
    positions: list[int] = []

    def observe(room: str, events: Sequence[Event]) -> None:
        positions.append(fanout.position.seq)

    hub.observe(observe)
    backplane.say("r", 1, 2)
    assert positions == [0], "the room still stands before them"
    assert fanout.position.seq == 2


TARGETS: Mapping[str, tuple[str | None, Target, set[str]]] = {
    "user in a room": ("r", Target(user_id="u1"), {"u1 in r", "u1 in r again"}),
    "user everywhere": (None, Target(user_id="u1"), {"u1 in r", "u1 in r again", "u1 in s"}),
    "roles in a room": ("r", Target(roles=frozenset({Role.HOST, Role.MODERATOR})), {"host in r"}),
    "roles nowhere": (None, Target(roles=frozenset({Role.HOST})), set()),
    "a room that is not here": ("t", Target(user_id="u1"), set()),
    "a stranger": ("r", Target(user_id="u9"), set()),
}


@pytest.mark.parametrize("case", TARGETS)
async def test_a_private_word_reaches_exactly_its_target(hub: Hub, case: str) -> None:
    room, target, expected = TARGETS[case]
    people = {
        "u1 in r": await join(hub, "r", user_id="u1"),
        "u1 in r again": await join(hub, "r", user_id="u1"),
        "u1 in s": await join(hub, "s", user_id="u1"),
        "u2 in r": await join(hub, "r", user_id="u2"),
        "host in r": await join(hub, "r", Role.HOST, "h"),
        "host in s": await join(hub, "s", Role.HOST, "h"),
    }
    await hub.backplane.send_private(room, target, b'{"kind":"k"}')
    reached = {name for name, consumer in people.items() if consumer.messages()}
    assert reached == expected


async def test_a_private_word_is_not_put_on_a_full_buffer_and_a_broken_line_does_not_keep_it_from_others(
    hub: Hub,
) -> None:
    full, broken, well = [await join(hub, user_id="u1") for _ in range(3)]
    full.is_reading = False
    full.send(b"x" * (LAG_BYTES + 1))
    full.writes.clear()
    broken.is_broken = True
    await hub.backplane.send_private("r", Target(user_id="u1"), b'{"kind":"k"}')
    assert full.writes == []
    assert well.messages() == [{"type": "private", "room": "r", "events": [{"kind": "k"}]}]


async def test_a_user_who_closed_the_last_connection_is_found_no_more(hub: Hub) -> None:
    first, second = await join(hub, user_id="u1"), await join(hub, user_id="u1")
    hub.remove_user("u1", first)
    assert hub.connections_of("u1") == (second,)
    hub.remove_user("u1", second)
    assert hub.connections_of("u1") == ()
    assert hub._users == {}


async def test_the_sweep_counts_rooms_and_members(hub: Hub) -> None:
    counted: list[tuple[int, int]] = []

    class Listener(NullTelemetry):
        def rooms_counted(self, rooms: int, members: int) -> None:
            counted.append((rooms, members))

    hub._telemetry = Listener()
    _, _, _ = await join(hub), await join(hub), await join(hub, "s")
    hub.sweep()
    assert counted == [(2, 3)]


async def test_every_node_message_reaches_every_listener(hub: Hub) -> None:
    heard: list[NodeMessage] = []
    hub.listen(heard.append)
    hub.listen(heard.append)
    await hub.backplane.tell_nodes(b'{"hello":1}')
    assert heard == [{"hello": 1}] * 2
