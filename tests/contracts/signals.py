"""Signals: absolute values, sums, buckets, and words to people and nodes."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.backplane.base import KEY_TTL_S, Backplane, Take, Target
from liveroom.realtime.identity import Role
from tests.contracts.engine import Engine, EngineFixtures
from tests.contracts.receiver import RecordingReceiver


class SignalsContract(EngineFixtures):
    """Absolute values, sums, buckets, private words."""

    async def test_the_newest_value_of_each_kind_is_kept_and_told(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        await backplane.set_latest("r", "likes", b"1", (1, 1))
        await backplane.set_latest("r", "audience", b"x", (1, 0))
        await backplane.set_latest("r", "likes", b"2", (1, 2))
        await receiver.fence(backplane)
        assert receiver.latest == [("r", "likes", b"1"), ("r", "audience", b"x"), ("r", "likes", b"2")]
        assert await backplane.latest("r") == {"likes": b"2", "audience": b"x"}
        assert await backplane.latest("s") == {}

    async def test_who_has_read_a_value_is_told_no_older_one(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        """Whatever is on its way when it is read."""
        await backplane.subscribe("r", 0)
        for number in range(1, 51):
            await backplane.set_latest("r", "likes", b"%d" % number, (1, number))
        read = (await backplane.latest("r"))["likes"]
        before = len(receiver.latest)
        assert all(int(value) <= int(read) for _, _, value in receiver.latest)
        await receiver.fence(backplane)
        assert all(int(value) >= int(read) for _, _, value in receiver.latest[before:])
        assert [read, *(value for _, _, value in receiver.latest)][-1] == b"50"

    async def test_an_engine_that_answers_is_known_to(self, backplane: Backplane) -> None:
        await backplane.publish("r", [])
        assert backplane.is_available()

    @pytest.mark.parametrize("late", [(1, 99), (2, 4), (0, 5)])
    async def test_a_value_never_goes_back_to_a_lower_version(
        self, backplane: Backplane, receiver: RecordingReceiver, late: tuple[int, int]
    ) -> None:
        await backplane.subscribe("r", 0)
        await backplane.set_latest("r", "likes", b"new", (2, 5))
        await backplane.set_latest("r", "likes", b"late", late)
        assert await backplane.latest("r") == {"likes": b"new"}
        await receiver.fence(backplane)
        assert receiver.latest == [("r", "likes", b"new")]

    @pytest.mark.parametrize("newer", [(3, 0), (2, 6), (1_790_000_000_001, 0)])
    async def test_a_newer_term_or_number_replaces_a_value(self, backplane: Backplane, newer: tuple[int, int]) -> None:
        await backplane.set_latest("r", "likes", b"old", (2, 5))
        await backplane.set_latest("r", "likes", b"new", newer)
        assert await backplane.latest("r") == {"likes": b"new"}

    async def test_additions_of_all_at_once_are_all_in_the_sum(self, backplane: Backplane) -> None:
        results = await asyncio.gather(*(backplane.add("r", {"likes": n, "shed": 1}) for n in range(100)))
        assert await backplane.add("r", {"likes": 0, "shed": 0}) == {"likes": 4950, "shed": 100}
        assert sorted(result["shed"] for result in results) == list(range(1, 101))
        assert await backplane.add("s", {"likes": 0}) == {"likes": 0}

    async def test_an_addition_with_a_key_counts_once_and_a_repeat_tells_the_first_totals(
        self, engine: Engine, backplane: Backplane
    ) -> None:
        assert await backplane.add("r", {"likes": 7}, "k") == {"likes": 7}
        await backplane.add("r", {"likes": 100}, "other")
        assert await backplane.add("r", {"likes": 7}, "k") == {"likes": 7}
        assert await backplane.add("r", {"likes": 0}) == {"likes": 107}
        await engine.pass_time(KEY_TTL_S + 1)
        assert await backplane.add("r", {"likes": 7}, "k") == {"likes": 114}

    async def test_a_total_that_was_lost_goes_on_from_the_highest_that_is_known(self, backplane: Backplane) -> None:
        """One that is higher already stays, whoever knows less."""
        await backplane.add("r", {"likes": 40, "shed": 2})
        await backplane.forget("r")
        assert await backplane.add("r", {"likes": 1, "shed": 1}, None, {"likes": 40}) == {"likes": 41, "shed": 1}
        assert await backplane.add("r", {"likes": 5}, "k", {"likes": 30}) == {"likes": 46}
        assert await backplane.add("r", {"likes": 0}, None, {"likes": 2**52}) == {"likes": 2**52}

    async def test_a_bucket_lets_through_its_burst_and_then_its_rate(
        self, engine: Engine, backplane: Backplane
    ) -> None:
        wish = Take("b", per_s=0.002, burst=3)
        assert await backplane.take([wish] * 3) == [0, 0, 0]
        [wait_ms] = await backplane.take([wish])
        assert 400_000 <= wait_ms <= 500_001
        await engine.pass_time(1_100)
        waits = await backplane.take([wish] * 3)
        assert waits[:2] == [0, 0]
        assert waits[2] > 0

    async def test_a_bucket_is_charged_what_it_costs_and_only_when_it_can_pay(self, backplane: Backplane) -> None:
        big, small = Take("b", per_s=1, burst=10, cost=8), Take("b", per_s=1, burst=10, cost=2)
        first, refused, taken = await backplane.take([big, big, small])
        assert (first, taken) == (0, 0)
        assert 5_000 <= refused <= 6_001
        assert await backplane.take([Take("another", per_s=1, burst=10, cost=8)]) == [0]
        assert await backplane.take([]) == []

    async def test_what_is_given_back_can_be_taken_again_and_no_more(
        self, engine: Engine, backplane: Backplane
    ) -> None:
        wish, back = Take("b", per_s=0.01, burst=2), Take("b", per_s=0.01, burst=2, cost=-1)
        assert await backplane.take([wish] * 2) == [0, 0]
        assert await backplane.take([back]) == [0]
        assert [wait == 0 for wait in await backplane.take([wish] * 2)] == [True, False]
        assert await backplane.take([back] * 5) == [0] * 5
        await engine.pass_time(0.1)
        assert [wait == 0 for wait in await backplane.take([wish] * 3)] == [True, True, False]

    async def test_a_bucket_is_shared_by_all_who_take_at_once(self, backplane: Backplane) -> None:
        wish = Take("b", per_s=0.001, burst=10)
        waits = await asyncio.gather(*(backplane.take([wish]) for _ in range(40)))
        assert sum(wait == [0] for wait in waits) == 10

    async def test_the_viewers_of_this_node_are_in_the_sum_once(self, backplane: Backplane) -> None:
        assert await backplane.report_viewers("r", 5) == 5
        assert await backplane.report_viewers("r", 3) == 3
        assert await backplane.report_viewers("s", 7) == 7
        assert await backplane.report_viewers("r", 0) == 0

    @pytest.mark.parametrize("room", ["r", None])
    @pytest.mark.parametrize(
        "target", [Target(user_id="小雨"), Target(roles=frozenset({Role.HOST, Role.MODERATOR}))], ids=["user", "roles"]
    )
    async def test_a_private_word_arrives_with_its_target_without_any_subscription(
        self, backplane: Backplane, receiver: RecordingReceiver, room: str | None, target: Target
    ) -> None:
        await backplane.send_private(room, target, "悄悄话".encode())
        await receiver.until(lambda: bool(receiver.private))
        assert receiver.private == [(room, target, "悄悄话".encode())]

    async def test_what_is_told_to_nodes_reaches_this_one_too_and_in_order(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        for number in range(5):
            await backplane.tell_nodes(b"%d" % number)
        await receiver.until(lambda: len(receiver.messages) == 5)
        assert receiver.messages == [b"0", b"1", b"2", b"3", b"4"]
