"""What a battle survives: hosts who are lost, shows that end, and processes that die in any state (L18)."""

from __future__ import annotations

import asyncio

import pytest

from tests.storage.battles.arena import Arena
from tests.storage.battles.conftest import Open


async def connect(arena: Arena, *rooms: str) -> None:
    """The hosts of some rooms connect."""
    for room in rooms:
        arena.node.value._whereabouts.came(await arena.node.rooms.room(room), f"host-{room}")
    await arena.settle()


async def hang_up(arena: Arena, room: str) -> None:
    arena.node.value._whereabouts.left(room, f"host-{room}")
    await arena.settle()


def away(battle: dict[str, object]) -> list[bool]:
    parties = battle["parties"]
    assert isinstance(parties, list)
    return [party.get("away", False) for party in parties]


async def test_a_host_who_hangs_up_is_marked_and_comes_back_in_time(arena: Arena) -> None:
    await connect(arena, "a", "b")
    battle = await arena.fight()
    await arena.wait(2)
    await hang_up(arena, "a")
    await arena.wait(4)
    assert away(await arena.battle(battle)) == [False, False]
    await arena.wait(3)
    assert away(await arena.battle(battle)) == [True, False]
    await arena.wait(60)
    await connect(arena, "a")
    assert away(await arena.battle(battle)) == [False, False]
    await arena.wait(60)
    assert (await arena.battle(battle))["status"] == "running"


async def test_a_host_who_stays_away_has_lost(arena: Arena) -> None:
    await connect(arena, "a", "b")
    battle = await arena.fight()
    await arena.viewer("a", "gift.send", "ann", gift="rose")
    await arena.wait(1)
    await hang_up(arena, "a")
    await arena.wait(92)
    result = (await arena.battle(battle))["result"]
    assert (result["ending"], result["winner"]) == ("forfeit", 2)


async def test_hosts_of_a_process_that_dies_carry_on_with_the_next(arena: Arena, open_arena: Open) -> None:
    await connect(arena, "a", "b")
    battle = await arena.fight()
    await arena.viewer("a", "gift.send", "ann", gift="rose")
    await arena.wait(1)
    await arena.close()
    arena.clock.advance(20_000)
    async with open_arena() as again:
        await again.wait(2)
        assert away(await again.battle(battle)) == [True, True]
        await connect(again, "a", "b")
        await again.wait(1)
        assert away(await again.battle(battle)) == [False, False]
        assert (await again.scores())["a"]["score"] == 200
        await again.viewer("b", "gift.send", "bob", gift="rose")
        await again.jump(300)
        await again.wait(2)
        assert (await again.battle(battle))["status"] == "overtime"


async def test_hosts_who_do_not_come_back_after_that_lose_together(arena: Arena, open_arena: Open) -> None:
    await connect(arena, "a", "b")
    battle = await arena.fight()
    await arena.wait(1)
    await arena.close()
    async with open_arena() as again:
        await again.wait(100)
        result = (await again.battle(battle))["result"]
        assert (result["ending"], result.get("winner")) == ("forfeit", None)


async def bring_to(arena: Arena, status: str) -> str:
    """A battle of `a` and `b` in a status; rounds last 30 s."""
    battle: str = (await arena.host("a", "battle.invite", opponents=["b"], duration_s=30))["id"]
    if status != "invited":
        await arena.host("b", "battle.accept", battle=battle)
    if status in ("running", "settled", "punishment", "rematch"):
        await arena.wait(3)
        await arena.viewer("a", "gift.send", "ann", gift="rose")
    for _ in range(45):
        now = (await arena.battle(battle))["status"]
        if now == status:
            return battle
        if now == "punishment":
            await arena.host("a", "battle.cut_short", battle=battle)
        await arena.wait(1)
    raise AssertionError(f"it did not become {status}")


@pytest.mark.parametrize("status", ["invited", "ready", "running", "overtime", "settled", "punishment", "rematch"])
async def test_a_battle_goes_on_by_its_rules_whatever_state_a_process_dies_in(
    arena: Arena, open_arena: Open, status: str
) -> None:
    battle = await bring_to(arena, status)
    await arena.close()
    arena.clock.advance(400_000)
    async with open_arena() as again:
        await again.wait(3)
        await again.wait(200, 5_000)
        ended = await again.battle(battle)
        assert ended["status"] == "ended"
        assert ("result" in ended) == (status != "invited")
        assert await again.read("SELECT id FROM documents WHERE kind LIKE 'battle.%'") == []


async def test_points_that_nobody_counted_are_counted_by_the_next_process(arena: Arena, open_arena: Open) -> None:
    battle = await arena.fight(duration_s=30)
    await arena.viewer("a", "gift.send", "ann", gift="rose")

    async def die(battle: str) -> None:
        return None

    arena.node.value.battles._settlement.settle = die  # type: ignore[method-assign] - dies before it has counted
    await arena.jump(30)
    assert (await arena.battle(battle))["status"] == "counting"
    await arena.close()
    arena.clock.advance(3_000)
    async with open_arena() as again:
        await again.wait(3)
        settled = await again.battle(battle)
        assert (settled["status"], settled["result"]["winner"]) == ("settled", 1)


async def test_a_show_that_ends_ends_the_battle(arena: Arena) -> None:
    battle = await arena.fight()
    await arena.host("b", "room.end")
    await arena.settle()
    result = (await arena.battle(battle))["result"]
    assert (result["ending"], result["winner"]) == ("forfeit", 1)
    await arena.wait(7)
    assert (await arena.battle(battle))["status"] == "ended"


async def test_a_show_that_ends_takes_back_what_it_was_invited_to(arena: Arena) -> None:
    battle = (await arena.host("a", "battle.invite", opponents=["b"]))["id"]
    await arena.host("b", "room.end")
    await arena.settle()
    assert (await arena.battle(battle))["closed"] == "declined"


async def test_two_nodes_settle_a_round_once(arena: Arena, open_arena: Open) -> None:
    async with open_arena() as other:
        battle = await arena.fight(duration_s=30)
        gifts = [
            each.viewer(room, "gift.send", f"u{at}", gift="rose")
            for at in range(10)
            for each, room in ((arena, "a"), (other, "b"))
        ]
        sent = await asyncio.gather(*gifts)
        assert {each["outcome"] for each in sent} == {"sent"}
        await arena.viewer("a", "gift.send", "more", gift="rose")
        arena.clock.advance(30_000)
        for _ in range(3):
            await asyncio.gather(arena.settle(), other.settle())
            arena.clock.advance(500)
        results = [(await each.battle(battle))["result"] for each in (arena, other)]
        assert results[0] == results[1]
        assert {place["room"]: place["score"] for place in results[0]["places"]} == {"a": 2_200, "b": 2_000}
        history = await arena.read(
            "SELECT count(*) FROM document_history WHERE kind = 'battle' AND id = :id AND command = 'battle.settle'",
            id=battle,
        )
        assert history[0][0] == 1
        ratings = await arena.node.value.battles.ratings.of(["host-a"])
        assert ratings["host-a"].rounds == 1
