"""Gifts come to combos with absolute totals, are answered once by their key, and are what the ranks say."""

from __future__ import annotations

import asyncio
import random

import orjson
import pytest
from sqlalchemy import text

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.gift import Gift, GiftNames, GiftStatus, SendGift
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.storage.gift_ranks import After
from liveroom.rooms.value.gifts.billing import BillingMode
from tests.storage.gifts.conftest import Open
from tests.storage.gifts.stall import COIN, HOST, ROOM, Stall


async def test_gifts_of_a_moment_are_one_event_with_absolute_numbers(stall: Stall) -> None:
    answers = await asyncio.gather(*(stall.give(key=f"k{number}", count=2) for number in range(10)))
    await stall.settle()
    assert [answer["outcome"] for answer in answers] == ["sent"] * 10
    assert sorted(answer["combo"]["count"] for answer in answers) == list(range(2, 22, 2))
    [told] = stall.told("gift.sent")[-1:]
    assert (told["count"], told["amount"], told["to"]["id"], told["by"]["name"]) == (20, 200, HOST.id, "Ann")
    assert sum(event["added"] for event in stall.told("gift.sent")) == 20
    assert len(stall.told("gift.sent")) < 10
    assert stall.told("gift.sent")[0]["opened"]
    assert len({event["combo"] for event in stall.told("gift.sent")}) == 1


async def test_a_repeat_gets_the_first_answer_and_gives_nothing_more(stall: Stall) -> None:
    first = await stall.give(count=3)
    again = await stall.give(count=3)
    assert again == first | {"duplicate": True}
    with pytest.raises(Refusal) as refused:
        await stall.give(count=4)
    assert refused.value.code == ErrorCode.KEY_CONFLICT
    assert (await stall.ranks.standing(ROOM, "")).gifts == 3


async def test_a_repeat_after_the_show_and_at_another_price_is_still_answered_as_first(
    stall: Stall, open_stall: Open, url: str
) -> None:
    first = await stall.give()
    await stall.end_show()
    dear = Gift(id="rose", names=GiftNames(zh="玫瑰", en="Rose"), price=99, icon="🌹", status=GiftStatus.OFF)
    await stall.catalogue.put(dear, "test")
    assert await stall.give() == first | {"duplicate": True}
    await stall.go_live("show_2")
    restarted = await open_stall(url)
    assert await restarted.give() == first | {"duplicate": True}


async def test_what_cannot_be_given_is_said_and_leaves_nothing(stall: Stall) -> None:
    off = Gift(id="old", names=GiftNames(zh="旧", en="Old"), price=1, icon="x", status=GiftStatus.OFF)
    await stall.catalogue.put(off, "test")
    outcomes = [
        (await stall.give(key="a", gift="nothing"))["outcome"],
        (await stall.give(key="b", gift="old"))["outcome"],
        (await stall.give(key="c", to="somebody"))["outcome"],
        (await stall.give(HOST.id, key="d"))["outcome"],
    ]
    await stall.end_show()
    outcomes.append((await stall.give(key="e"))["outcome"])
    assert outcomes == ["not_offered", "not_offered", "wrong_receiver", "wrong_receiver", "not_live"]
    await stall.settle()
    assert stall.told("gift.sent") == []
    assert (await stall.ranks.standing(ROOM, "")).givers == 0
    assert stall.measured.outcomes == outcomes


async def test_a_node_that_missed_the_end_of_the_show_cannot_give_into_it(
    stall: Stall, open_stall: Open, url: str
) -> None:
    late = await open_stall(url)
    await stall.end_show()
    assert late.room.document.show is not None
    assert (await late.give())["outcome"] == "not_live"


async def test_a_closed_server_takes_gifts_of_servers_alone(url: str, open_stall: Open) -> None:
    stall = await open_stall(url, mode=BillingMode.CLOSED)
    assert (await stall.give())["outcome"] == "closed"
    by, wanted = Visitor(id="ann", name="Ann", level=3), SendGift(gift="rose", count=5)
    answers = [await stall.giver.give_for(stall.room, by, wanted, "service:app", "k1") for _ in range(2)]
    assert [answer.duplicate for answer in answers] == [False, True]
    assert orjson.loads(answers[1].data)["amount"] == 50
    [place] = await stall.ranks.page(ROOM, "show_1", 10)
    assert (place.user, place.gifts, place.amount) == (by, 5, 50)


async def test_the_key_of_a_server_is_not_that_of_the_user(stall: Stall) -> None:
    by, wanted = Visitor(id="ann", name="Ann"), SendGift(gift="rose")
    await stall.give("ann", key="k1")
    answer = await stall.giver.give_for(stall.room, by, wanted, "service:app", "k1")
    assert not answer.duplicate
    assert (await stall.ranks.standing(ROOM, "show_1")).gifts == 2


async def test_a_combo_goes_on_over_two_nodes(stall: Stall, open_stall: Open, url: str) -> None:
    other = await open_stall(url)
    gifts = [(node.give(key=f"{name}{n}"), n) for n in range(20) for name, node in (("a", stall), ("b", other))]
    answers = await asyncio.gather(*(gift for gift, _ in gifts))
    assert sorted(answer["combo"]["count"] for answer in answers) == list(range(1, 41))
    assert len({answer["combo"]["id"] for answer in answers}) == 1


async def test_the_ranks_are_what_the_ledger_says(stall: Stall) -> None:
    chance = random.Random(7)
    gifts = [(f"u{chance.randrange(30)}", chance.choice(["rose", "ship"]), chance.randint(1, 9)) for _ in range(300)]
    await asyncio.gather(*(stall.give(u, g, c, key=f"k{n}") for n, (u, g, c) in enumerate(gifts)))
    async with stall.database.read() as connection:
        rows = await connection.execute(text("SELECT subject, answer FROM facts WHERE kind = 'gift.send'"))
        sums: dict[str, int] = {}
        for subject, answer in rows:
            sums[subject] = sums.get(subject, 0) + orjson.loads(answer)["amount"]
    expected = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    for show in ("show_1", ""):
        places: list[tuple[str, int]] = []
        after = None
        while page := await stall.ranks.page(ROOM, show, 7, after):
            places += [(place.user.id, place.amount) for place in page]
            after = After(len(places), page[-1].amount, page[-1].user.id)
        assert places == expected
    standing = await stall.ranks.standing(ROOM, "show_1")
    assert (standing.amount, standing.gifts) == (sum(sums.values()), sum(count for _, _, count in gifts))


async def test_the_room_is_told_of_ranks_and_totals_at_most_once_a_second(stall: Stall) -> None:
    for number in range(5):
        await stall.give(f"u{number}", count=number + 1, key="k")
        await stall.wait(100, step_ms=100)
    await stall.wait(2_000)
    values = await stall.backplane.latest(ROOM)
    ranks, totals = orjson.loads(values["gift_ranks"]), orjson.loads(values["gift_totals"])
    assert [place["user"]["id"] for place in ranks["top"]] == ["u4", "u3", "u2", "u1", "u0"]
    assert ranks["show_id"] == "show_1"
    assert totals == {"show_id": "show_1", "gifts": 15, "amount": 150, "givers": 5, "currency": COIN}


async def test_the_last_gifts_of_a_show_reach_the_ranks_that_stay_on_the_screens(stall: Stall) -> None:
    await stall.give("ann", key="a")
    await stall.settle()
    await stall.give("bob", count=5, key="b")
    await stall.settle()
    await stall.end_show()
    await stall.wait(2_000)
    values = await stall.backplane.latest(ROOM)
    ranks, totals = orjson.loads(values["gift_ranks"]), orjson.loads(values["gift_totals"])
    assert [place["user"]["id"] for place in ranks["top"]] == ["bob", "ann"]
    assert (totals["show_id"], totals["gifts"], totals["amount"]) == ("show_1", 6, 60)


async def test_another_show_begins_at_zero_and_all_shows_are_summed(stall: Stall) -> None:
    await stall.give(key="a")
    await stall.end_show()
    await stall.go_live("show_2")
    assert (await stall.give(key="b", count=2))["combo"]["count"] == 2
    assert [(await stall.ranks.standing(ROOM, show)).gifts for show in ("show_1", "show_2", "")] == [1, 2, 3]
