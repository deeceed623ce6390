"""Hearing: histories, epochs and subscriptions, without a hole and without a double."""

from __future__ import annotations

import asyncio

from liveroom.realtime.backplane.base import Backplane, Position
from tests.contracts.engine import RING_EVENTS, EngineFixtures, said
from tests.contracts.receiver import RecordingReceiver


class HearingContract(EngineFixtures):
    """Histories and subscriptions."""

    async def test_a_tail_is_everything_after_a_position(self, backplane: Backplane) -> None:
        [result] = await backplane.publish("r", [said("a", "b", "c")])
        epoch = result.position.epoch
        for after, expected in ((0, [b"a", b"b", b"c"]), (2, [b"c"]), (3, [])):
            assert await backplane.tail("r", Position(epoch, after)) == (result.position, expected)

    async def test_a_tail_that_is_gone_from_another_epoch_or_from_the_future_is_none(
        self, backplane: Backplane
    ) -> None:
        for number in range(3 * RING_EVENTS):
            await backplane.publish("r", [said(f"n{number}")])
        [result] = await backplane.publish("r", [said("last")])
        position = result.position
        assert await backplane.tail("r", Position(position.epoch, 0)) == (position, None)
        assert await backplane.tail("r", Position("another", position.seq)) == (position, None)
        assert await backplane.tail("r", Position(position.epoch, position.seq + 1)) == (position, None)
        _, tail = await backplane.tail("r", Position(position.epoch, position.seq - RING_EVENTS + 1))
        assert tail is not None
        assert len(tail) == RING_EVENTS - 1

    async def test_after_forgetting_a_room_an_old_position_is_never_taken_for_a_new_one(
        self, backplane: Backplane
    ) -> None:
        [before] = await backplane.publish("r", [said("a", "b")])
        await backplane.add("r", {"likes": 5})
        await backplane.set_latest("r", "likes", b"5", (9, 5))
        await backplane.forget("r")
        [after] = await backplane.publish("r", [said("x", "y", "z")])
        assert after.position.seq == 3
        assert after.position.epoch != before.position.epoch
        assert await backplane.tail("r", before.position) == (after.position, None)
        assert await backplane.latest("r") == {}
        assert await backplane.add("r", {"likes": 1}) == {"likes": 1}

    async def test_the_recent_events_can_be_read_without_listening(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        assert (await backplane.recent("empty", 5))[1] == []
        [result] = await backplane.publish("r", [said("a", "b", "c")])
        assert await backplane.recent("r", 2) == (result.position, [b"b", b"c"])
        assert await backplane.recent("r", 10) == (result.position, [b"a", b"b", b"c"])
        assert await backplane.recent("r", 0) == (result.position, [])
        await backplane.publish("r", [said("d")])
        await receiver.fence(backplane)
        assert receiver.events == []

    async def test_what_was_replaced_is_not_given_out_again(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        [result] = await backplane.publish("r", [said("a", "b", "c", "d")])
        epoch = result.position.epoch
        await backplane.replace("r", epoch, {1: b"A, longer than before", 3: bytes(range(256))})
        expected = [b"A, longer than before", b"b", bytes(range(256)), b"d"]
        assert await backplane.tail("r", Position(epoch, 0)) == (result.position, expected)
        assert await backplane.recent("r", 10) == (result.position, expected)
        assert await backplane.subscribe("r", 2) == (result.position, expected[2:])
        await backplane.publish("r", [said("e")])
        await receiver.fence(backplane)
        assert receiver.payloads("r") == [b"e"]

    async def test_replacing_what_is_gone_is_to_come_or_is_of_another_epoch_changes_nothing(
        self, backplane: Backplane
    ) -> None:
        for number in range(2 * RING_EVENTS):
            await backplane.publish("r", [said(f"n{number}")])
        before, kept = await backplane.recent("r", RING_EVENTS)
        gone, first = before.seq - RING_EVENTS, before.seq - RING_EVENTS + 1
        await backplane.replace("r", "another", {before.seq: b"x"})
        await backplane.replace("r", before.epoch, {0: b"x", -5: b"x", gone: b"x", before.seq + 1: b"x"})
        await backplane.replace("r", before.epoch, {})
        await backplane.replace("never heard of", before.epoch, {1: b"x"})
        assert await backplane.recent("r", RING_EVENTS) == (before, kept)
        await backplane.replace("r", before.epoch, {gone: b"x", first: b"first", before.seq: b"last"})
        assert await backplane.recent("r", RING_EVENTS) == (before, [b"first", *kept[1:-1], b"last"])

    async def test_a_subscription_begins_with_the_recent_events_and_their_position(self, backplane: Backplane) -> None:
        assert (await backplane.subscribe("empty", 5))[1] == []
        [result] = await backplane.publish("r", [said("a", "b", "c")])
        assert await backplane.subscribe("r", 2) == (result.position, [b"b", b"c"])
        assert await backplane.subscribe("r", 10) == (result.position, [b"a", b"b", b"c"])
        assert await backplane.subscribe("r", 0) == (result.position, [])

    async def test_a_node_hears_what_comes_after_its_subscription_and_of_no_other_room(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.publish("r", [said("before")])
        position, _ = await backplane.subscribe("r", 0)
        [after] = await backplane.publish("r", [said("after")])
        await backplane.publish("s", [said("elsewhere")])
        await backplane.set_latest("s", "likes", b"1", (0, 1))
        await receiver.fence(backplane)
        assert receiver.events == [("r", position.epoch, position.seq + 1, b"after")]
        assert after.position == (position.epoch, position.seq + 1)
        assert receiver.latest == []

    async def test_after_unsubscribing_a_node_hears_nothing_and_the_history_goes_on(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        await backplane.unsubscribe("r")
        await backplane.unsubscribe("never heard of")
        await backplane.publish("r", [said("a")])
        await backplane.set_latest("r", "likes", b"1", (0, 1))
        await receiver.fence(backplane)
        assert (receiver.events, receiver.latest) == ([], [])
        position, recent = await backplane.subscribe("r", 5)
        assert (position.seq, recent) == (1, [b"a"])
        await backplane.publish("r", [said("b")])
        await receiver.fence(backplane)
        assert receiver.payloads("r") == [b"b"]

    async def test_a_subscription_during_many_publications_has_neither_hole_nor_double(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        publishing = [asyncio.ensure_future(backplane.publish("r", [said(f"n{number}")])) for number in range(50)]
        position, recent = await backplane.subscribe("r", 50)
        await asyncio.gather(*publishing)
        await receiver.fence(backplane)
        assert position.seq == len(recent) or len(recent) >= RING_EVENTS
        later = [seq for seq in receiver.seqs("r") if seq > position.seq]
        assert later == list(range(position.seq + 1, 51))
