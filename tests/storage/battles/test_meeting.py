"""How battles begin: invitations that cross, rooms that are taken, and the search, on one node and on two."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.errors import Refusal
from tests.storage.battles.arena import FAR_MS, Arena, Json
from tests.storage.battles.conftest import Open


async def outcome(work: Any) -> str:
    """The status of the battle after a command, or why it was refused."""
    try:
        told: Json = await work
    except Refusal as refused:
        return str(refused.facts.get("reason") or refused.facts.get("state") or refused.code)
    return str(told["status"])


async def mine(arena: Arena, room: str, role: Role = Role.HOST) -> Json:
    """What a join tells the host of a room alone."""
    opened = await arena.node.rooms.room(room)
    identity = Identity(user_id=f"host-{room}", name="h", role=role, rooms=frozenset({room}), expires_at_ms=FAR_MS)
    found = arena.node.value.battles.fetch(opened, identity)
    return {} if found is None else dict(await found)


async def test_of_two_acceptances_at_once_a_room_is_in_one_battle(arena: Arena) -> None:
    first = (await arena.host("a", "battle.invite", opponents=["c"]))["id"]
    second = (await arena.host("b", "battle.invite", opponents=["c"]))["id"]
    said = await asyncio.gather(*(outcome(arena.host("c", "battle.accept", battle=each)) for each in (first, second)))
    assert sorted(said) == ["busy", "ready"]


async def test_two_nodes_do_not_put_a_room_into_two_battles(arena: Arena, open_arena: Open) -> None:
    async with open_arena() as other:
        first = (await arena.host("a", "battle.invite", opponents=["c"]))["id"]
        second = (await other.host("b", "battle.invite", opponents=["c"]))["id"]
        said = await asyncio.gather(
            outcome(arena.host("c", "battle.accept", battle=first)),
            outcome(other.host("c", "battle.accept", battle=second)),
        )
        assert sorted(said) == ["busy", "ready"]


async def test_an_acceptance_and_a_cancellation_at_once_have_one_end(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    said = await asyncio.gather(
        outcome(arena.host("b", "battle.accept", battle=battle)),
        outcome(arena.host("a", "battle.cancel", battle=battle)),
    )
    status = (await arena.battle(battle))["status"]
    assert (status, said) in (("ready", ["ready", "ready"]), ("ended", ["ended", "ended"])), said


async def test_an_invitation_back_accepts_the_other_one(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    back = await arena.host("b", "battle.invite", opponents=["a"])
    assert (back["id"], back["status"]) == (battle, "ready")


@pytest.mark.parametrize("who", ["a", "b", "both"])
async def test_invitations_that_cross_become_one_battle(arena: Arena, open_arena: Open, who: str) -> None:
    async with open_arena() as other:
        older = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
        arena.node.value.battles.finder.invitations = nothing  # type: ignore[method-assign] - not heard of in time
        arena.clock.advance(1)
        younger = await cross(other)
        said = []
        if who in ("a", "both"):
            said.append(outcome(arena.host("a", "battle.accept", battle=younger)))
        if who in ("b", "both"):
            said.append(outcome(other.host("b", "battle.accept", battle=older)))
        told = set(await asyncio.gather(*said))
        # Who accepts what the other one takes back at that moment, to accept theirs, is told of its end first.
        assert told == {"ready"} or (who == "both" and told == {"ready", "ended"})
        assert [(await other.battle(each))["status"] for each in (older, younger)] == ["ready", "ended"]


async def nothing(room: str) -> list[Any]:
    return []


async def cross(arena: Arena) -> str:
    """`b` invites `a` without having heard of the invitation by `a`."""
    arena.node.value.battles.finder.invitations = nothing  # type: ignore[method-assign] - not heard of in time
    battle: str = (await arena.host("b", "battle.invite", opponents=["a"]))["id"]
    return battle


async def test_who_is_in_a_battle_cannot_be_invited_or_invite(arena: Arena) -> None:
    await arena.fight("a", "b")
    assert await outcome(arena.host("c", "battle.invite", opponents=["a"])) == "busy"
    assert await outcome(arena.host("a", "battle.invite", opponents=["c"])) == "busy"


async def test_who_is_not_live_or_unknown_cannot_be_invited(arena: Arena) -> None:
    await arena.host("d", "room.end")
    assert await outcome(arena.host("a", "battle.invite", opponents=["d"])) == "not_live"
    assert await outcome(arena.host("d", "battle.invite", opponents=["a"])) == "not_live"
    assert await outcome(arena.host("a", "battle.invite", opponents=["nowhere"])) == ErrorCode.ROOM_NOT_FOUND


async def test_an_invitation_with_the_same_key_is_the_same_battle(arena: Arena) -> None:
    first = await arena.host("a", "battle.invite", "k1", opponents=["b"])
    assert await arena.host("a", "battle.invite", "k1", opponents=["b"]) == first
    assert len(await arena.read("SELECT id FROM documents WHERE kind = 'battle'")) == 1


async def test_a_repeat_of_an_answer_is_answered_the_same_and_changes_nothing(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    first = await arena.host("b", "battle.accept", battle=battle)
    assert await arena.host("b", "battle.accept", battle=battle) == first


async def test_hosts_find_open_invitations_again_when_they_join(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    for room in "ab":
        [shown] = (await mine(arena, room))["battle_invitations"]
        assert shown == await arena.battle(battle)
    assert await mine(arena, "b", Role.VIEWER) == {}
    await arena.host("b", "battle.refuse", battle=battle)
    assert [await mine(arena, room) for room in "ab"] == [{}, {}]


async def test_what_was_held_is_free_after_the_end(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    await arena.host("a", "battle.cancel", battle=battle)
    assert await arena.read("SELECT id FROM documents WHERE kind LIKE 'battle.%'") == []
    assert await outcome(arena.host("b", "battle.invite", opponents=["a"])) == "invited"


async def test_two_who_search_get_a_battle(arena: Arena) -> None:
    assert (await arena.host("a", "battle.seek"))["search"]["status"] == "searching"
    assert (await mine(arena, "a"))["battle_search"]["status"] == "searching"
    assert (await arena.host("b", "battle.seek"))["search"]["status"] == "found"
    await arena.settle()
    [told] = await arena.told("a", "battle.changed")
    assert told["battle"]["status"] == "ready"
    assert [party["room"] for party in told["battle"]["parties"]] == ["a", "b"]
    assert await mine(arena, "a") == {}


async def test_the_search_of_two_nodes_is_one(arena: Arena, open_arena: Open) -> None:
    async with open_arena() as other:
        await arena.host("a", "battle.seek")
        await other.host("b", "battle.seek")
        await other.settle()
        rows = await arena.read("SELECT id FROM documents WHERE kind = 'battle.room' ORDER BY id")
        assert [row.id for row in rows] == ["a", "b"]


async def test_who_was_put_together_with_somebody_taken_goes_on_searching(arena: Arena) -> None:
    await arena.host("a", "battle.seek")
    await arena.fight("a", "c")
    await arena.host("b", "battle.seek")
    await arena.settle()
    assert (await mine(arena, "b"))["battle_search"]["status"] == "searching"
    assert (await arena.host("a", "battle.stop_seeking"))["search"]["status"] == "over"


async def test_a_search_ends_by_itself_or_when_it_is_stopped(arena: Arena) -> None:
    await arena.host("a", "battle.seek")
    assert (await arena.host("a", "battle.stop_seeking"))["search"]["status"] == "over"
    await arena.host("b", "battle.seek")
    await arena.jump(60)
    await arena.wait(2)
    assert await mine(arena, "b") == {}


async def test_who_fights_does_not_search(arena: Arena) -> None:
    await arena.fight()
    assert await outcome(arena.host("a", "battle.seek")) == "busy"
