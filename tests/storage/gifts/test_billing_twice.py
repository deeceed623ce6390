"""A billing that answers a call twice: the second answer is never taken for that to another gift."""

from __future__ import annotations

import pytest

from tests.storage.gifts.conftest import Open
from tests.storage.gifts.stall import ROOM, Stall
from tests.storage.gifts.till import Till


@pytest.fixture
async def shop(sqlite_url: str, open_stall: Open, till: Till) -> Stall:
    """A stall that asks the till."""
    return await open_stall(sqlite_url, billing_url=till.url)


@pytest.mark.parametrize("labels", [False, True], ids=["bare", "with ids"])
async def test_a_second_answer_is_not_taken_for_that_to_the_next_gift(shop: Stall, till: Till, labels: bool) -> None:
    till.labels = labels
    till.plan = ["accept", "twice", "refuse"]
    for key in ("k1", "k2"):
        assert (await shop.give(key=key))["outcome"] == "sent"
    assert (await shop.give(key="k3"))["outcome"] in ("refused", "billing_unavailable")
    assert (await shop.give(key="k4"))["outcome"] == "refused"
    assert ((await shop.ranks.standing(ROOM, "")).amount, sum(till.kept.values())) == (20, 20)


@pytest.mark.parametrize(("labels", "connections"), [(False, 5), (True, 2)], ids=["bare", "with ids"])
async def test_connections_are_kept_for_whoever_says_what_an_answer_is_about(
    shop: Stall, till: Till, labels: bool, connections: int
) -> None:
    """The first one shows that it does."""
    till.labels = labels
    for number in range(5):
        assert (await shop.give(key=f"k{number}"))["outcome"] == "sent"
    assert (till.connections, len(till.calls)) == (connections, 5)


async def test_an_app_that_stops_saying_it_is_asked_again_without_kept_connections(shop: Stall, till: Till) -> None:
    till.labels = True
    assert [(await shop.give(key=f"k{number}"))["outcome"] for number in range(2)] == ["sent", "sent"]
    till.labels = False
    assert (await shop.give(key="k2"))["outcome"] == "billing_unavailable"
    assert (await shop.give(key="k3"))["outcome"] == "sent"
    await shop.until(lambda: len(till.voided) == 1)
    assert (await shop.ranks.standing(ROOM, "")).amount == sum(till.kept.values()) == 30
