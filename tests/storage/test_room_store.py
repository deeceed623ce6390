"""What every room store promises: the one of the tests in memory, and the one on both databases."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import DocumentUnreadable, Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings, RoomStatus
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.lifetimes import DAY_MS
from liveroom.rooms.store import RoomStore
from tests.storage.desk import AT_MS, Desk
from tests.support.room_store import MemoryRoomStore

HOST = Person(id="host", name="小满")
BY = {"who": "host", "command": "room.change"}


def make_room(room: str = "r1") -> RoomState:
    """A room as it is created."""
    return lifecycle.create(room, "Weekend 🌙", "show", HOST, RoomSettings(guests=False, history=7), AT_MS)


def go_live(state: RoomState) -> RoomState:
    """The same room, live."""
    return lifecycle.apply(state, lifecycle.GoLive("s1"), AT_MS + 5)[0]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> RoomStore:
    """Each store."""
    if request.param == "memory":
        return MemoryRoomStore()
    name = "sqlite_rooms" if request.param == "sqlite" else "postgresql_rooms"
    made: RoomStore = request.getfixturevalue(name)
    return made


@pytest.fixture
def sqlite_rooms(sqlite_desk: Desk) -> RoomStore:
    """On SQLite."""
    return sqlite_desk.rooms


@pytest.fixture
def postgresql_rooms(postgresql_desk: Desk) -> RoomStore:
    """On PostgreSQL."""
    return postgresql_desk.rooms


async def test_a_room_is_found_as_it_was_created(store: RoomStore) -> None:
    """Every field comes back, models included."""
    await store.create(make_room(), **BY)
    assert await store.load("r1") == make_room()


async def test_a_live_room_keeps_its_show(store: RoomStore) -> None:
    """Optional parts are kept."""
    await store.create(make_room(), **BY)
    live = go_live(make_room())
    assert await store.save(live, 1, **BY)
    found = await store.load("r1")
    assert found == live
    assert found is not None
    assert found.status is RoomStatus.LIVE


async def test_a_name_is_taken_once(store: RoomStore) -> None:
    """The first room of a name stays."""
    await store.create(make_room(), **BY)
    with pytest.raises(Refusal) as refused:
        await store.create(replace(make_room(), title="another"), **BY)
    assert refused.value.code == ErrorCode.ROOM_EXISTS
    assert await store.load("r1") == make_room()


async def test_a_room_nobody_created_is_not_found(store: RoomStore) -> None:
    """None, not an error."""
    assert await store.load("nowhere") is None
    assert not await store.save(make_room("nowhere"), 1, **BY)


async def test_of_two_changes_of_one_version_one_wins(store: RoomStore) -> None:
    """Compare-and-set."""
    await store.create(make_room(), **BY)
    changes = [replace(make_room(), title=f"title {n}", version=2) for n in range(8)]
    won = await asyncio.gather(*(store.save(change, 1, **BY) for change in changes))
    assert sum(won) == 1
    assert await store.load("r1") == changes[won.index(True)]


async def test_rooms_are_listed_in_pages_by_id(store: RoomStore) -> None:
    """Byte order on every database, capitals before small letters."""
    for room in ("b", "B", "a-1", "a_1", "a1"):
        await store.create(make_room(room), **BY)
    first = await store.list(None, 2)
    rest = await store.list(first[-1].id, 10)
    assert [room.id for room in (*first, *rest)] == ["B", "a-1", "a1", "a_1", "b"]


async def test_a_ban_replaces_an_older_one(store: RoomStore) -> None:
    """One ban for each user, of this room only."""
    await store.ban("r1", Ban("u1", "mod", "spam", AT_MS, AT_MS + 1000))
    await store.ban("r1", Ban("u1", "host", "spam again", AT_MS + 1, None))
    await store.ban("r2", Ban("u2", "host", "", AT_MS, None))
    assert await store.bans("r1") == {"u1": Ban("u1", "host", "spam again", AT_MS + 1, None)}


async def test_a_ban_by_a_higher_rank_is_not_replaced_as_long_as_it_holds(store: RoomStore) -> None:
    """Else a lower one would let people in again by a ban of a second."""
    imposed = Ban("u1", "op", "fraud", AT_MS, AT_MS + 5_000, Role.OPERATOR)
    await store.ban("r1", imposed)
    with pytest.raises(Refusal, match="imposed by a operator") as refused:
        await store.ban("r1", Ban("u1", "mod", "", AT_MS + 1, AT_MS + 1_001, Role.MODERATOR))
    assert refused.value.code == ErrorCode.FORBIDDEN
    assert await store.bans("r1") == {"u1": imposed}
    later = Ban("u1", "mod", "", AT_MS + 5_000, None, Role.MODERATOR)
    await store.ban("r1", later)
    assert await store.bans("r1") == {"u1": later}


async def test_the_ban_of_one_person_is_found_without_the_others(store: RoomStore) -> None:
    await store.ban("r1", Ban("u1", "host", "spam", AT_MS, AT_MS + 1000, Role.MODERATOR))
    await store.ban("r2", Ban("u2", "host", "", AT_MS, None))
    found = await asyncio.gather(*(store.ban_of(*each) for each in (("r1", "u1"), ("r1", "u2"), ("r2", "u2"))))
    assert found == [
        Ban("u1", "host", "spam", AT_MS, AT_MS + 1000, Role.MODERATOR),
        None,
        Ban("u2", "host", "", AT_MS, None),
    ]


async def test_a_ban_is_lifted_once(store: RoomStore) -> None:
    """The second time there is none."""
    await store.ban("r1", Ban("u1", "host", "", AT_MS, None))
    assert await store.unban("r1", "u1", Role.MODERATOR, AT_MS)
    assert not await store.unban("r1", "u1", Role.MODERATOR, AT_MS)
    assert await store.bans("r1") == {}


async def test_a_ban_by_a_higher_rank_is_not_lifted_as_long_as_it_holds(store: RoomStore) -> None:
    """Whatever the memory of who asks has of it."""
    imposed = Ban("u1", "op", "fraud", AT_MS, AT_MS + 5_000, Role.OPERATOR)
    await store.ban("r1", imposed)
    with pytest.raises(Refusal, match="imposed by a operator") as refused:
        await store.unban("r1", "u1", Role.MODERATOR, AT_MS + 4_999)
    assert refused.value.code == ErrorCode.FORBIDDEN
    assert await store.bans("r1") == {"u1": imposed}
    assert await store.unban("r1", "u1", Role.MODERATOR, AT_MS + 5_000)


async def test_a_room_keeps_a_bounded_number_of_bans(store: RoomStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, one that is there may be renewed."""
    monkeypatch.setattr("tests.support.room_store.MAX_BANS", 2)
    monkeypatch.setattr("liveroom.rooms.storage.rooms.MAX_BANS", 2)
    for user_id in ("u1", "u2", "u1"):
        await store.ban("r1", Ban(user_id, "host", "", AT_MS, None))
    with pytest.raises(Refusal) as refused:
        await store.ban("r1", Ban("u3", "host", "", AT_MS, None))
    assert refused.value.code == ErrorCode.OVERLOADED


async def test_bans_that_are_over_leave_their_places_to_others(
    store: RoomStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a room that bans for an hour each time could ban nobody any more after some years."""
    monkeypatch.setattr("tests.support.room_store.MAX_BANS", 2)
    monkeypatch.setattr("liveroom.rooms.storage.rooms.MAX_BANS", 2)
    await store.ban("r1", Ban("u1", "host", "", AT_MS, AT_MS + 1_000))
    await store.ban("r1", Ban("u2", "host", "", AT_MS, None))
    await store.ban("r2", Ban("u1", "host", "", AT_MS, AT_MS + 1_000))
    late_ms = AT_MS + 1_000 + DAY_MS
    with pytest.raises(Refusal):
        await store.ban("r1", Ban("u3", "host", "", late_ms, None))
    await store.ban("r1", Ban("u3", "host", "", late_ms + 1, None))
    assert set(await store.bans("r1")) == {"u2", "u3"}
    assert set(await store.bans("r2")) == {"u1"}


async def test_visits_are_remembered_by_room_and_person(store: RoomStore) -> None:
    """The newest counts; nobody else's is touched."""
    await store.remember_visits("r1", {"u1": PastVisits(1, AT_MS), "u2": PastVisits(4, AT_MS)})
    await store.remember_visits("r1", {"u1": PastVisits(2, AT_MS + 9)})
    await store.remember_visits("r1", {})
    wanted = [("r1", "u1"), ("r1", "u2"), ("r1", "u3"), ("r2", "u1")]
    found = await asyncio.gather(*(store.past_visits(*each) for each in wanted))
    assert found == [PastVisits(2, AT_MS + 9), PastVisits(4, AT_MS), None, None]


async def test_rooms_survive_the_process(desk: Desk) -> None:
    """What was saved is there for the next one."""
    await desk.rooms.create(make_room(), **BY)
    await desk.rooms.save(go_live(make_room()), 1, who="host", command="room.go_live")
    await desk.database.close()
    next_one = Desk(desk.database, desk.clock)
    assert await next_one.rooms.load("r1") == go_live(make_room())


async def test_the_history_says_who_did_what(desk: Desk) -> None:
    """For audit: version, person, command, from and to."""
    await desk.rooms.create(make_room(), who="operator", command="room.create")
    await desk.rooms.save(go_live(make_room()), 1, who="host", command="room.go_live")
    made, changed = await desk.documents.history("room", "r1", 0, 10)
    assert (made.version, made.who, made.command, made.from_state) == (1, "operator", "room.create", None)
    assert (changed.version, changed.who, changed.command) == (2, "host", "room.go_live")
    assert changed.from_state == made.to_state
    assert changed.to_state["status"] == "live"


async def test_many_joins_cost_few_reads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who are asked for at the same time are read together."""
    await desk.rooms.remember_visits("r1", {f"u{n}": PastVisits(n + 1, AT_MS) for n in range(300)})
    reads = []
    read = desk.database.read

    def count_and_read() -> AbstractAsyncContextManager[AsyncConnection]:
        reads.append(1)
        return read()

    monkeypatch.setattr(desk.database, "read", count_and_read)
    found = await asyncio.gather(*(desk.rooms.past_visits("r1", f"u{n}") for n in range(300)))
    assert found == [PastVisits(n + 1, AT_MS) for n in range(300)]
    assert len(reads) <= 2


async def test_a_document_of_another_version_is_named_and_not_used(desk: Desk) -> None:
    """Somebody went back to an older version of the server."""
    await desk.rooms.create(make_room(), **BY)
    async with desk.database.write() as connection:
        await connection.execute(text("""UPDATE documents SET state = '{"id":"r1","from":"the future"}'"""))
    with pytest.raises(DocumentUnreadable) as unreadable:
        await desk.rooms.load("r1")
    assert unreadable.value.as_object()["id"] == "r1"


async def test_people_not_seen_for_long_are_forgotten_in_slices(desk: Desk) -> None:
    """The oldest first, and never anybody seen since."""
    await desk.rooms.remember_visits("r1", {f"u{n}": PastVisits(1, AT_MS + n) for n in range(10)})
    assert await desk.rooms.forget_visits(AT_MS + 8, 5) == 5
    assert await desk.rooms.forget_visits(AT_MS + 8, 5) == 3
    assert await desk.rooms.forget_visits(AT_MS + 8, 5) == 0
    assert await desk.rooms.past_visits("r1", "u8") == PastVisits(1, AT_MS + 8)
