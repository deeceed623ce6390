"""The server is killed, stopped or emptied, the line is cut: calls end in time, nothing is missed silently (R7, R8)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from liveroom.realtime.backplane.base import Position, Publication, Take, Target
from liveroom.realtime.backplane.redis import RedisBackplane, watch
from liveroom.realtime.backplane.redis.link import Link
from liveroom.realtime.backplane.redis.upkeep import Upkeep
from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import BackplaneUnavailable
from tests.contracts.engine import said
from tests.redis.nodes import PATIENCE_S, Heard, engine, node, refused_start, say, until, until_done
from tests.support.own_time import OwnTime
from tests.support.slow_link import slow_link
from tests.support.valkey import Valkey, running_valkey

TURNS = 5
Call = Callable[[RedisBackplane], Awaitable[object]]
CALLS: dict[str, Call] = {
    "publish": lambda engine: engine.publish("r", [said("given up")]),
    "subscribe": lambda engine: engine.subscribe("s", 0),
    "take": lambda engine: engine.take([Take("b", 1, 1)]),
    "add": lambda engine: engine.add("r", {"likes": 1}),
    "set_latest": lambda engine: engine.set_latest("r", "likes", b"1", (1, 1)),
    "send_private": lambda engine: engine.send_private("r", Target(user_id="u"), b"x"),
    "tell_nodes": lambda engine: engine.tell_nodes(b"x"),
    "report_viewers": lambda engine: engine.report_viewers("r", 1),
}


async def fails_in_time(call: Awaitable[object]) -> None:
    """Half a second."""
    async with OwnTime() as spent:
        with pytest.raises(BackplaneUnavailable) as failed:
            await call
    assert failed.value.retryable
    assert spent.s < 2


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("name", CALLS)
async def test_every_call_fails_in_time_when_the_server_stands_still(name: str, server: Valkey) -> None:
    """And is carried out by the same node when it goes on."""
    async with engine(server.url) as (backplane, _):
        server.pause()
        try:
            await fails_in_time(CALLS[name](backplane))
        finally:
            server.go_on()
        await until_done(lambda: CALLS[name](backplane))


@pytest.mark.usefixtures("in_time")
async def test_what_was_given_up_is_not_carried_out_later(server: Valkey) -> None:
    """It waited in the buffers of a server that stood still."""
    async with engine(server.url) as (backplane, _):
        [before] = await until_done(lambda: backplane.publish("r", [said("before")]))
        server.pause()
        try:
            await asyncio.gather(*(fails_in_time(backplane.publish("r", [said("given up")])) for _ in range(20)))
        finally:
            server.go_on()
        [after] = await until_done(lambda: backplane.publish("r", [said("after")]))
        assert after.position == (before.position.epoch, before.position.seq + 1)


@pytest.mark.usefixtures("in_time")
async def test_calls_fail_at_once_when_the_server_is_known_to_be_away_and_work_soon_after_it_is_back(
    server: Valkey,
) -> None:
    async with engine(server.url) as (backplane, _):
        server.kill()
        await fails_in_time(backplane.publish("r", [said("a")]))
        await until(lambda: backplane._fleet.servers[0].caller.upkeep.away_s() > 0.5)
        refused = asyncio.ensure_future(backplane.publish("r", [said("a")]))
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert refused.done(), "nobody has to be waited for"
        with pytest.raises(BackplaneUnavailable):
            await refused
        server.start()
        async with OwnTime() as spent:
            await until_done(lambda: backplane.publish("r", [said("a")]))
        assert spent.s < 20


async def test_connections_that_are_cut_all_the_time_leave_neither_hole_nor_double(server: Valkey) -> None:
    """CLIENT KILL of all who listen, while another node speaks; the two hubs have the same history in the end."""
    async with node(server.url) as here, node(server.url) as there:
        for each in (here, there):
            await each.hub.open("r")
        cuts = 0
        for round_ in range(10):
            links = [each.engine._fleet.servers[0].listener.upkeep for each in (here, there)]
            await asyncio.gather(*(link.is_open.wait() for link in links))
            await say(there.engine, "r", *(f"{round_}.{number}" for number in range(20)))
            cuts += server.ask("CLIENT", "KILL", "TYPE", "pubsub")
            await say(there.engine, "r", *(f"{round_}.{number}" for number in range(20, 40)))
        assert cuts > 10, "a node that has not noticed the last cut yet is not cut once more"
        for each in (here, there):
            await assert_complete(each, 400)


async def assert_complete(heard: Heard, count: int) -> None:
    """All of it came: in order, without a hole or a double."""
    await until(lambda: len(heard.seqs.get("r", ())) >= count)
    assert [seq for _, seq in heard.seqs["r"]] == list(range(1, count + 1))
    assert len({epoch for epoch, _ in heard.seqs["r"]}) == 1


async def test_a_gap_is_one_read_for_all_however_much_is_said_meanwhile(
    server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(server.url) as here, engine(server.url) as (other, _):
        await here.hub.open("r")
        reads = 0
        tail = here.engine.tail

        async def count(room: str, after: Position) -> tuple[Position, list[bytes] | None]:
            nonlocal reads
            reads += 1
            return await tail(room, after)

        monkeypatch.setattr(here.engine, "tail", count)
        await other.publish("r", [said("a")])
        await until(lambda: "r" in here.seqs)
        hear = here.engine._ears.hear
        monkeypatch.setattr(here.engine._ears, "hear", lambda channel, message: None)
        await other.publish("r", [said("lost")])
        await here.engine.latest("r")
        monkeypatch.setattr(here.engine._ears, "hear", hear)
        await asyncio.gather(*(other.publish("r", [said(f"n{number}")]) for number in range(50)))
        await assert_complete(here, 52)
        assert reads == 1


async def test_latest_values_that_were_missed_are_told_afterwards(
    server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine(server.url) as (here, receiver), engine(server.url) as (other, _):
        await here.subscribe("r", 0)
        await other.set_latest("r", "likes", b"1", (1, 1))
        await receiver.until(lambda: len(receiver.latest) == 1)
        listener, gate = here._fleet.servers[0].listener.upkeep, asyncio.Event()
        dial = listener._dial

        async def wait_and_dial() -> Link:
            await gate.wait()
            return await dial()

        monkeypatch.setattr(listener, "_dial", wait_and_dial)
        listener.drop("cut by this test")
        await until(lambda: listener.link is None)
        await other.set_latest("r", "likes", b"2", (1, 2))
        gate.set()
        await receiver.until(lambda: bool(receiver.gaps))
        await here.tail("r", (await other.subscribe("r", 0))[0])
        await receiver.until(lambda: ("r", "likes", b"2") in receiver.latest)


async def test_a_node_that_is_deaf_finds_out(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection seems to be in order, and nothing comes."""
    monkeypatch.setattr(watch, "LOOK_EVERY", 1)
    monkeypatch.setattr(watch, "SECOND_S", 0.1)
    async with node(server.url) as here, engine(server.url) as (other, _):
        await here.hub.open("r")
        link = here.engine._fleet.servers[0].listener.upkeep.link
        assert link is not None
        link._hear = lambda channel, message: None
        await other.publish("r", [said("a"), said("b")])
        await assert_complete(here, 2)


async def test_messages_to_nodes_survive_a_cut(server: Valkey) -> None:
    """A ban that was told while nobody listened."""
    async with engine(server.url) as (here, receiver), engine(server.url) as (other, _):
        listener = here._fleet.servers[0].listener.upkeep
        for number in range(10):
            listener.drop("cut by this test")
            await other.tell_nodes(b"%d" % number)
        await receiver.until(lambda: len(receiver.messages) == 10)
        assert receiver.messages == [b"%d" % number for number in range(10)]


async def test_scripts_that_the_server_forgot_are_sent_again(server: Valkey) -> None:
    async with engine(server.url) as (backplane, _):
        server.ask("SCRIPT", "FLUSH")
        [first] = await backplane.publish("r", [said("a")])
        assert first.position.seq == 1


async def test_a_clock_that_was_set_costs_one_refusal(server: Valkey) -> None:
    """The deadline of a script is in the server's time, which is asked for anew."""
    async with engine(server.url) as (backplane, _):
        link = backplane._fleet.servers[0].caller.upkeep.link
        assert link is not None
        link.server = type(link.server)(link.server.run, link.server.ahead_s - 3600)
        with pytest.raises(BackplaneUnavailable):
            await backplane.publish("r", [said("a")])
        [first] = await until_done(lambda: backplane.publish("r", [said("a")]))
        assert first.position.seq == 1


async def test_a_slow_line_delays_and_loses_nothing(server: Valkey) -> None:
    """40 ms each way; what is asked at once is answered at once: one after the other would take 24 s."""
    async with slow_link(server.port, 0.04) as line, node(f"redis://127.0.0.1:{line.port}/0") as here:
        await here.hub.open("r")
        async with OwnTime() as spent:
            await asyncio.gather(*(here.engine.publish("r", [said(f"n{number}")]) for number in range(300)))
        assert spent.s < 300 * 0.08 / 2
        await assert_complete(here, 300)


async def test_a_server_that_is_not_there_keeps_a_node_from_starting() -> None:
    await refused_start("redis://127.0.0.1:9/0", "refused|failed")


async def test_a_password_is_needed_and_never_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running_valkey("--requirepass", "right") as server:
        with caplog.at_level(logging.DEBUG):
            said_of_it = await refused_start(f"redis://:hidden@127.0.0.1:{server.port}", "WRONGPASS")
        async with engine(f"redis://:right@127.0.0.1:{server.port}/2") as (accepted, _):
            [first] = await accepted.publish("r", [Publication(said("a").events)])
            assert first.position.seq == 1
    assert "hidden" not in caplog.text + said_of_it


async def test_a_server_that_answers_what_nobody_understands_is_dialled_again() -> None:
    dialled = 0
    is_again = asyncio.Event()

    async def dial() -> Link:
        nonlocal dialled
        dialled += 1
        if dialled > 1:
            is_again.set()
        raise ValueError("redis_version:?")

    upkeep = Upkeep("s", dial, lambda link: None, LoopClock())
    upkeep.start()
    async with asyncio.timeout(PATIENCE_S):
        await is_again.wait()
    await upkeep.close()
