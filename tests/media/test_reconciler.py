"""The engine is told exactly what differs, again when it could not be told, and all of it when it has forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

import pytest

from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.rooms.media import reconciler as module
from liveroom.rooms.media.reconciler import Reconciler
from liveroom.rooms.messages.room import RoomStatus


class Engine:
    """Writes down what it is told; `fails`: how often it cannot be reached first; `meanwhile`: happens in a call."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.fails = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def _take(self, *what: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise MediaUnavailable
        self.told.append(what)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    async def grant(self, room: str, user_id: str, seat: int, kinds: Collection[str]) -> None:
        self._take("grant", room, user_id, seat, sorted(kinds))

    async def revoke(self, room: str, user_id: str) -> None:
        self._take("revoke", room, user_id)

    async def link(self, room_a: str, room_b: str) -> None:
        self._take("link", room_a, room_b)

    async def unlink(self, room_a: str, room_b: str) -> None:
        self._take("unlink", room_a, room_b)

    async def close_room(self, room: str) -> None:
        self._take("close", room)

    async def resume(self, room: str, seated: Collection[str]) -> None:
        self._take("resume", room, sorted(seated))


class Node:
    """Rooms that are open, and what the reconciler makes of them."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.rooms: dict[str, Any] = {}
        self.reconciler = Reconciler(self.engine, self.rooms.get, lambda *_: None)  # type: ignore[arg-type] # as far as it is used

    def open(self, room: str) -> None:
        document = SimpleNamespace(status=RoomStatus.LIVE, host=SimpleNamespace(id=f"host-{room}"))
        self.rooms[room] = SimpleNamespace(id=room, document=document, snapshot=SimpleNamespace(parts={}))
        self.reconciler.take_up(room)

    def show(self, room: str, *, guests: Collection[str] = (), rival: str | None = None) -> None:
        """What the room shows from now on."""
        device = {"on": True, "allowed": True}
        seats = [
            {"number": n, "guest": {"user": {"id": name}, "kind": "audio", "mic": device, "camera": device}}
            for n, name in enumerate(guests, 1)
        ]
        parties = [{"room": each, "answer": "joined"} for each in (room, rival) if each]
        battles = {"b": {"status": "running", "parties": parties}} if rival else {}
        self.rooms[room].snapshot.parts = {"stages": {room: {"seats": seats}}, "battles": battles}
        self.reconciler.note_change(room)

    def set_status(self, room: str, status: RoomStatus) -> None:
        self.rooms[room].document.status = status
        self.reconciler.note_change(room)

    async def told(self) -> list[tuple[Any, ...]]:
        """What the engine was told since the last time."""
        await self.reconciler.settle()
        told, self.engine.told = self.engine.told, []
        return told


BOTH = ["audio", "video"]


async def test_only_what_differs_is_told_and_a_new_room_is_resumed_after_its_grants() -> None:
    node = Node()
    node.open("a")
    assert await node.told() == [("grant", "a", "host-a", 0, BOTH), ("resume", "a", ["host-a"])]
    node.show("a", guests=["ann"])
    assert await node.told() == [("grant", "a", "ann", 1, ["audio"])]
    node.show("a", guests=["bob"])
    assert await node.told() == [("revoke", "a", "ann"), ("grant", "a", "bob", 1, ["audio"])]
    node.show("a", guests=["bob"])
    assert await node.told() == []


async def test_a_battle_links_its_rooms_until_it_is_over() -> None:
    node = Node()
    node.open("a")
    node.open("b")
    await node.told()
    node.show("a", rival="b")
    assert await node.told() == [("link", "a", "b")]
    node.show("a")
    assert await node.told() == [("unlink", "a", "b")]


async def test_a_show_that_is_over_ends_every_connection_and_the_next_one_begins_anew() -> None:
    node = Node()
    node.open("a")
    await node.told()
    node.set_status("a", RoomStatus.ENDED)
    assert await node.told() == [("revoke", "a", "host-a"), ("close", "a")]
    assert node.reconciler.told == {}
    node.open("a")
    assert await node.told() == [("grant", "a", "host-a", 0, BOTH), ("resume", "a", ["host-a"])]


async def test_a_show_that_begins_again_while_its_room_is_closed_is_told_of() -> None:
    node = Node()
    node.open("a")
    await node.told()
    node.engine.meanwhile = lambda: setattr(
        node.engine, "meanwhile", lambda: node.set_status("a", RoomStatus.LIVE)
    )  # in the second call
    node.set_status("a", RoomStatus.ENDED)
    end = [("revoke", "a", "host-a"), ("close", "a")]
    assert await node.told() == [*end, ("grant", "a", "host-a", 0, BOTH), ("resume", "a", ["host-a"])]


async def test_what_could_not_be_told_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    node = Node()
    node.engine.fails = 3
    node.open("a")
    assert await node.told() == [("grant", "a", "host-a", 0, BOTH), ("resume", "a", ["host-a"])]


async def test_an_engine_that_has_forgotten_is_told_everything() -> None:
    node = Node()
    node.open("a")
    node.open("b")
    node.show("a", guests=["ann"], rival="b")
    first = await node.told()
    node.reconciler.begin_anew()
    assert sorted(await node.told(), key=str) == sorted(first, key=str)


async def test_somebody_who_left_gets_the_same_right_with_the_next_ticket() -> None:
    node = Node()
    node.open("a")
    await node.told()
    node.reconciler.forget("a", "host-a")
    assert await node.told() == [("grant", "a", "host-a", 0, BOTH)]


async def test_who_leaves_while_another_is_told_of_gets_the_right_back_too() -> None:
    node = Node()
    node.open("a")
    await node.told()
    node.engine.meanwhile = lambda: node.reconciler.forget("a", "host-a")
    node.show("a", guests=["ann"])
    assert await node.told() == [("grant", "a", "ann", 1, ["audio"]), ("grant", "a", "host-a", 0, BOTH)]


async def test_rooms_that_are_closed_are_forgotten_and_taken_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOMS", 3)
    node = Node()
    for number in range(3):
        node.open(f"r{number}")
    node.reconciler._most = 3
    await node.told()
    del node.rooms["r0"], node.rooms["r1"]
    node.open("r3")
    assert set(node.reconciler.told) == {"r2", "r3"}
    await node.told()
    node.open("r0")
    assert ("resume", "r0", ["host-r0"]) in await node.told()
