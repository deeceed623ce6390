"""Absolute values never go back on their way to a node, though what was read and what is heard come on two lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from liveroom.realtime.backplane.redis.channel import Latest
from liveroom.realtime.backplane.redis.ears import Ears, Sink
from liveroom.realtime.backplane.redis.keys import Keys

ROOM = "r"


class Server:
    """A server that has values; what it says on the channel comes when a test lets it."""

    def __init__(self) -> None:
        self.epoch = b"e1"
        self.stored = b""
        self.while_asked: Callable[[], object] = lambda: None
        self.listener = SimpleNamespace(drop=lambda channel: None)

    async def ask(self, tag: str, *parts: Any) -> list[bytes]:
        answer = [b"likes", self.stored]
        await asyncio.sleep(0)
        self.while_asked()
        return answer

    async def run(self, *_: Any) -> list[Any]:
        return [self.epoch, 0, []]

    async def listen(self, *_: Any) -> Server:
        return self


class Node:
    """A node that has opened the room."""

    def __init__(self) -> None:
        self.server = Server()
        keys = Keys(0)
        self.ears = Ears(keys, SimpleNamespace(), self.server)  # type: ignore[arg-type] - as much of them as is used
        self.channel = keys.channel(ROOM)
        self.told: list[bytes] = []

    async def open(self) -> None:
        sink = Sink(batch=self._ignore, latest=self._hear, private=self._ignore, torn=lambda: None)
        await self.ears.open(ROOM, 0, sink)
        await asyncio.sleep(0)

    def bring(self, number: int) -> None:
        """A message of the channel arrives."""
        self.ears.hear(self.channel, b"llikes 1 %d\n%d" % (number, number))

    def store(self, number: int) -> None:
        self.server.stored = b"1 %d %d" % (number, number)

    def _hear(self, latest: Latest) -> None:
        self.told.append(latest.value)

    def _ignore(self, _: object) -> None:
        """Not asked about here."""


@pytest.fixture
async def node() -> Node:
    node = Node()
    await node.open()
    return node


async def test_what_was_on_its_way_when_a_newer_value_was_read_is_not_told(node: Node) -> None:
    node.store(2)
    assert await node.ears.read_latest(ROOM) == {"likes": b"2"}
    node.bring(1)
    assert node.told == []
    for number in (2, 3):
        node.bring(number)
    assert node.told == [b"2", b"3"]


async def test_what_was_told_while_a_newer_value_was_read_is_put_right_before_the_answer(node: Node) -> None:
    node.store(2)
    node.server.while_asked = lambda: node.bring(1)
    assert await node.ears.read_latest(ROOM) == {"likes": b"2"}
    assert node.told == [b"1", b"2"]


async def test_what_was_told_while_an_older_value_was_read_stays(node: Node) -> None:
    node.store(2)
    node.server.while_asked = lambda: node.bring(3)
    await node.ears.read_latest(ROOM)
    node.bring(2)
    assert node.told == [b"3"]


async def test_after_a_loss_low_versions_count_again(node: Node) -> None:
    node.store(9)
    await node.ears.read_latest(ROOM)
    node.server.epoch = b"e2"
    node.store(1)
    await node.ears.read_after(ROOM, SimpleNamespace(epoch="e1", seq=0))  # type: ignore[arg-type]
    for _ in range(5):
        await asyncio.sleep(0)
    assert node.told == [b"1"]
    node.bring(2)
    assert node.told == [b"1", b"2"]
