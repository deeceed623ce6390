"""Two nodes share a room: what one does, the other hears, counts and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from liveroom.realtime.backplane.base import Outcome, Publication, Take, Target
from liveroom.realtime.backplane.redis import RedisBackplane, read_location
from liveroom.realtime.clock import LoopClock
from tests.contracts.engine import said
from tests.contracts.receiver import RecordingReceiver
from tests.redis.nodes import engine
from tests.support.valkey import Valkey

Node = tuple[RedisBackplane, RecordingReceiver]


@pytest.fixture
async def first(server: Valkey) -> AsyncIterator[Node]:
    """A node."""
    async with engine(server.url) as started:
        yield started


@pytest.fixture
async def second(server: Valkey) -> AsyncIterator[Node]:
    """Another one."""
    async with engine(server.url) as started:
        yield started


async def has(heard: list[Any], count: int, receiver: RecordingReceiver) -> None:
    """Wait until so much was heard."""
    await receiver.until(lambda: len(heard) == count)


async def test_both_hear_the_same_in_the_same_order(first: Node, second: Node) -> None:
    for backplane, _ in (first, second):
        await backplane.subscribe("r", 0)
    publishing = [node[0].publish("r", [said(f"n{number}")]) for number in range(50) for node in (first, second)]
    await asyncio.gather(*publishing)
    for _, receiver in (first, second):
        await has(receiver.events, 100, receiver)
    assert first[1].events == second[1].events
    assert first[1].seqs("r") == list(range(1, 101))


async def test_a_command_that_is_sent_again_on_another_node_has_one_effect(first: Node, second: Node) -> None:
    again = said("a", key="k", digest=b"1", answer=b"yes")
    [fresh] = await first[0].publish("r", [again])
    [repeat] = await second[0].publish("r", [again])
    assert (fresh.outcome, repeat.outcome, repeat.answer) == (Outcome.FRESH, Outcome.DUPLICATE, b"yes")
    assert await second[0].add("r", {"likes": 3}, "a") == await first[0].add("r", {"likes": 3}, "a") == {"likes": 3}


async def test_a_private_word_reaches_each_node_where_the_room_is_open_once(first: Node, second: Node) -> None:
    await second[0].subscribe("r", 0)
    await first[0].subscribe("r", 0)
    target = Target(user_id="ann")
    await first[0].send_private("r", target, b"psst")
    await first[0].send_private(None, target, b"everywhere")
    for backplane, receiver in (second, first):
        await receiver.fence(backplane)
        assert receiver.private == [("r", target, b"psst"), (None, target, b"everywhere")]


async def test_messages_to_nodes_reach_all_in_one_order(first: Node, second: Node) -> None:
    telling = [
        node[0].tell_nodes(b"%d %d" % (at, number)) for number in range(20) for at, node in enumerate((first, second))
    ]
    await asyncio.gather(*telling)
    for _, receiver in (first, second):
        await has(receiver.messages, 40, receiver)
    assert first[1].messages == second[1].messages


async def test_a_bucket_is_one_for_all_nodes(first: Node, second: Node) -> None:
    wishes = [Take("b", per_s=0.001, burst=4)] * 3
    waits = await first[0].take(wishes) + await second[0].take(wishes)
    assert sum(wait == 0 for wait in waits) == 4


async def test_viewers_are_summed_and_leave_with_their_node(first: Node, server: Valkey) -> None:
    async with engine(server.url) as (other, _):
        await other.report_viewers("r", 5)
        assert await first[0].report_viewers("r", 2) == 7
        assert await other.report_viewers("r", 4) == 6
    assert await first[0].report_viewers("r", 2) == 2


async def test_the_viewers_of_a_node_that_died_go_with_their_time(first: Node, server: Valkey) -> None:
    """It says no goodbye; the others tell their own all the time."""
    key = first[0]._keys.viewers("r")
    now_ms = int(server.ask("TIME")[0]) * 1000
    server.ask("HSET", key, "dead", f"5 {now_ms - 1}", "dying", f"5 {now_ms + 600_000}")
    assert await first[0].report_viewers("r", 2) == 7
    server.ask("HSET", key, "dying", f"5 {now_ms - 1}")
    assert await first[0].report_viewers("r", 2) == 2
    assert server.ask("HLEN", key) == 1


async def test_deployments_with_databases_of_their_own_hear_nothing_of_each_other(first: Node, server: Valkey) -> None:
    async with engine(server.url.replace("/0", "/1")) as (other, receiver):
        for backplane in (first[0], other):
            await backplane.subscribe("r", 0)
        await first[0].publish("r", [said("a", key="k")])
        await first[0].tell_nodes(b"here")
        [own] = await other.publish("r", [said("b", key="k")])
        await receiver.fence(other)
        assert (own.outcome, receiver.payloads("r"), receiver.messages) == (Outcome.FRESH, [b"b"], [])


async def test_a_history_is_bounded_by_bytes_too(server: Valkey) -> None:
    """Exactly, and the newest always stays."""
    small = RedisBackplane(read_location(server.url), LoopClock(), ring_events=100, ring_bytes=1_000)
    await small.start(RecordingReceiver())
    for number in range(30):
        await small.publish("r", [Publication(said("x" * (90 + number)).events)])
    kept = server.ask("LRANGE", small._keys.history("r"), 0, -1)
    sizes = [len(payload) for payload in kept]
    assert sum(sizes) <= 1_000 < sum(sizes) + min(sizes)
    assert int(server.ask("HGET", small._keys.room("r"), "bytes")) == sum(sizes)
    await small.publish("r", [said("y" * 5_000)])
    assert server.ask("LLEN", small._keys.history("r")) == 1
    await small.close()


async def test_nothing_of_a_room_stays_for_ever(first: Node, server: Valkey) -> None:
    """Every key has an end of its life, should nobody come back to forget the room."""
    await first[0].subscribe("r", 0)
    await first[0].publish("r", [said("a", key="k")])
    await first[0].add("r", {"likes": 1}, "x")
    await first[0].set_latest("r", "likes", b"1", (0, 1))
    await first[0].report_viewers("r", 1)
    await first[0].take([Take("b", per_s=1, burst=2)])
    lives = {key: server.ask("TTL", key) for key in server.ask("KEYS", "*")}
    assert len(lives) > 8
    assert all(life > 0 for life in lives.values()), lives
