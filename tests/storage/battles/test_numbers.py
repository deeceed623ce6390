"""What a battle brings to the numbers of the shows of its rooms."""

from __future__ import annotations

from tests.storage.battles.arena import Arena


async def test_gifts_and_the_end_of_a_battle_are_highlights_of_each_of_its_shows(arena: Arena) -> None:
    battle = await arena.fight("a", "b", duration_s=30)
    await arena.viewer("a", "gift.send", "ann", gift="rose", count=3)
    await arena.wait(30)
    result = (await arena.battle(battle))["result"]
    numbers = arena.node.value.numbers
    await numbers.settle()
    for room, amount in (("a", 300), ("b", 0)):
        record = await numbers.read(await arena.node.rooms.room(room), None)
        assert (record.figures.gift_amount, record.figures.givers) == (amount, int(amount > 0))
        assert [(each.battle, each.round, each.winners) for each in record.fights] == [(battle, 1, ("a",))]
        assert record.fights[0].at_ms == result["settled_at"]
