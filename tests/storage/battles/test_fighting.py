"""Battles through a whole node: from the invitation to the rematch, and scores that are what the ledger says."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from liveroom.rooms.errors import Refusal
from tests.storage.battles.arena import Arena


async def test_a_duel_from_the_invitation_to_the_end(arena: Arena) -> None:
    invited = await arena.host("a", "battle.invite", opponents=["b"])
    assert invited["status"] == "invited"
    battle = invited["id"]
    ready = await arena.host("b", "battle.accept", battle=battle)
    assert ready["status"] == "ready"
    await arena.wait(3)
    assert (await arena.viewer("a", "gift.send", "ann", gift="rose"))["outcome"] == "sent"
    await arena.jump(300)
    settled = await arena.battle(battle)
    assert settled["status"] == "settled"
    assert settled["result"]["winner"] == 1
    assert [place["score"] for place in settled["result"]["places"]] == [200, 0], "the first gift counts twice"
    await arena.jump(5)
    await arena.jump(120)
    await arena.jump(30)
    await arena.wait(2)
    assert (await arena.battle(battle))["status"] == "ended"


async def test_both_rooms_are_told_the_same(arena: Arena) -> None:
    battle = await arena.fight()
    await arena.viewer("b", "gift.send", "ann", gift="rose")
    await arena.jump(300)
    told = [await arena.told(room, "battle.changed") for room in "ab"]
    assert told[0] == told[1]
    statuses = [each["battle"]["status"] for each in told[0]]
    assert statuses == ["ready", "running", "counting", "settled"]
    assert await arena.scores("a") == await arena.scores("b")
    assert (await arena.told("c", "battle.changed")) == []
    snapshots = [orjson.loads((await arena.node.rooms.room(room)).shown()) for room in "ab"]
    assert snapshots[0]["battles"] == snapshots[1]["battles"] == {battle: await arena.battle(battle)}


async def test_gifts_of_many_at_once_are_in_the_score_and_in_the_ranks(arena: Arena) -> None:
    battle = await arena.fight()
    givers = [("ab"[at % 2], f"u{at % 7}") for at in range(60)]
    sent = await asyncio.gather(*(arena.viewer(room, "gift.send", user, gift="rose") for room, user in givers))
    assert {each["outcome"] for each in sent} == {"sent"}
    rows = await arena.read("SELECT room, sum(count) FROM gift_combos GROUP BY room")
    gifts = dict(rows)
    scores = await arena.scores()
    for room in "ab":
        people = {user for at, user in givers if at == room}
        assert scores[room]["score"] == 100 * (gifts[room] + len(people))
        top = [(each["user"]["id"], each["points"]) for each in scores[room]["supporters"]]
        sums = await arena.read(
            'SELECT user_id, amount FROM gift_sums WHERE room = :room AND "show" = :show'
            " ORDER BY amount DESC, user_id LIMIT 3",
            room=room,
            show=f"battle:{battle}.1",
        )
        assert top == [tuple(row) for row in sums]


async def test_the_result_is_what_the_ledger_says_and_later_gifts_change_nothing(arena: Arena) -> None:
    battle = await arena.fight()
    await arena.viewer("a", "gift.send", "early", gift="rose")
    late = [arena.viewer("a", "gift.send", f"u{at}", gift="rose") for at in range(20)]
    gifts = asyncio.gather(*late)
    arena.clock.advance(300_000)
    await gifts
    await arena.settle()
    result = (await arena.battle(battle))["result"]
    [(counted,)] = await arena.read(
        "SELECT coalesce(sum(value), 0) FROM counters WHERE scope = :scope AND name = 'score:a'",
        scope=f"battle:{battle}.1",
    )
    assert {place["room"]: place["score"] for place in result["places"]} == {"a": counted, "b": 0}
    await arena.viewer("a", "gift.send", "late", gift="rose")
    assert (await arena.battle(battle))["result"] == result


async def test_a_repeat_of_a_gift_counts_once(arena: Arena) -> None:
    await arena.fight()
    for _ in range(3):
        await arena.viewer("a", "gift.send", "ann", "same", gift="rose")
    assert (await arena.scores())["a"]["score"] == 200


async def test_a_viewer_votes_once_in_a_round_for_any_room(arena: Arena) -> None:
    battle = await arena.fight()
    votes = [arena.viewer("a", "battle.vote", "ann", f"v{at}", battle=battle, to="b") for at in range(3)]
    outcomes = sorted(each["outcome"] for each in await asyncio.gather(*votes))
    assert outcomes == ["already_voted", "already_voted", "counted"]
    assert (await arena.viewer("b", "battle.vote", "ann", battle=battle, to="a"))["outcome"] == "already_voted"
    assert (await arena.viewer("b", "battle.vote", "bob", battle=battle, to="b"))["points"] == 10
    assert (await arena.scores())["b"]["score"] == 20
    assert (await arena.viewer("c", "battle.vote", "cid", battle=battle, to="b"))["outcome"] == "not_running"
    assert (await arena.viewer("a", "battle.vote", "cid", battle=battle, to="c"))["outcome"] == "not_running"


async def test_likes_count_up_to_the_share_of_each_viewer(arena: Arena) -> None:
    await arena.fight()
    for _ in range(5):
        await arena.viewer("a", "like.send", "ann", count=30)
        await arena.viewer("a", "like.send", "bob", count=10)
        await arena.wait(3)
    assert (await arena.scores())["a"]["score"] == 100 + 50


async def test_a_rematch_counts_anew(arena: Arena) -> None:
    battle = await arena.fight(duration_s=30)
    await arena.viewer("a", "gift.send", "ann", gift="rose")
    await arena.viewer("a", "battle.vote", "ann", battle=battle, to="a")
    await arena.jump(30)
    await arena.jump(5)
    await arena.host("a", "battle.cut_short", battle=battle)
    for room in "ab":
        await arena.host(room, "battle.rematch", battle=battle)
    await arena.wait(3)
    assert {room: (each["round"], each.get("score", 0)) for room, each in (await arena.scores()).items()} == {
        "a": (2, 0),
        "b": (2, 0),
    }
    assert (await arena.viewer("b", "battle.vote", "ann", battle=battle, to="b"))["outcome"] == "counted"
    assert (await arena.scores("b"))["b"]["score"] == 10


async def test_the_apps_servers_are_told_of_each_round(arena: Arena) -> None:
    battle = await arena.fight(duration_s=30)
    await arena.jump(30)
    await arena.jump(60)
    await arena.wait(2)
    started, settled = await arena.webhooks("battle.started"), await arena.webhooks("battle.settled")
    assert [each["battle"] for each in started] == [battle] * 2
    assert [(each["round"], each["ending"], each.get("winner")) for each in settled] == [(1, "time_up", None)] * 2


async def test_ratings_change_once_for_each_round(arena: Arena) -> None:
    await arena.fight(duration_s=30)
    await arena.viewer("b", "gift.send", "ann", gift="rose")
    await arena.jump(30)
    ratings = await arena.node.value.battles.ratings.of(["host-a", "host-b", "host-c"])
    assert ratings["host-a"] == (1_484, 1, 0)
    assert ratings["host-b"] == (1_516, 1, 1)
    assert ratings["host-c"] == (1_500, 0, 0)
    await arena.jump(200)
    assert await arena.node.value.battles.ratings.of(["host-a", "host-b", "host-c"]) == ratings


async def test_a_scene_without_battles_says_so(arena: Arena) -> None:
    opened = await arena.node.rooms.room("c")
    opened.scene = opened.scene.model_copy(update={"battle": opened.scene.battle.model_copy(update={"on": False})})
    with pytest.raises(Refusal) as refused:
        await arena.host("c", "battle.invite", opponents=["a"])
    assert refused.value.facts["reason"] == "off"
