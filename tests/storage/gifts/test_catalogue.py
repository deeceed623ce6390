"""The catalogue of gifts: kept with its history, told to all nodes, and one answer for everybody."""

from __future__ import annotations

import orjson
import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.gift import Gift, GiftNames, GiftStatus
from liveroom.rooms.value.gifts import catalogue as catalogue_module
from liveroom.rooms.value.gifts.catalogue import CHANGED, KIND, REFRESH_S
from tests.storage.gifts.conftest import Open
from tests.storage.gifts.stall import Stall

STAR = Gift(id="star", names=GiftNames(zh="星", en="Star"), price=3, icon="⭐")


async def test_a_change_holds_at_once_and_has_its_history(stall: Stall) -> None:
    before = stall.catalogue.etag
    await stall.catalogue.put(STAR, "ops")
    await stall.catalogue.put(STAR.model_copy(update={"price": 4}), "ops")
    await stall.catalogue.put(STAR.model_copy(update={"price": 4}), "ops")
    assert (await stall.give(gift="star"))["amount"] == 4
    assert stall.catalogue.etag != before
    shown = orjson.loads(stall.catalogue.body)
    assert [gift["id"] for gift in shown["gifts"]] == ["rose", "ship", "spark", "star", "wave"]
    history = await stall.documents.history(KIND, "star", 0, 10)
    assert [(each.who, each.to_state["price"]) for each in history] == [("ops", 3), ("ops", 4)]


async def test_another_node_follows_when_it_is_told_and_by_itself_when_it_is_not(
    stall: Stall, open_stall: Open, url: str
) -> None:
    told, untold = await open_stall(url), await open_stall(url)
    await stall.catalogue.put(STAR, "ops")
    told.catalogue.hear({CHANGED: "star"})
    told.catalogue.hear({"bans_changed": "r1"})
    await wait_for(told, "star")
    assert untold.catalogue.get("star") is None
    stall.clock.advance(REFRESH_S * 1000)
    await wait_for(untold, "star")


async def test_a_change_that_nobody_could_be_told_of_has_taken_effect(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(message: bytes) -> None:
        raise BackplaneUnavailable

    monkeypatch.setattr(stall.catalogue._backplane, "tell_nodes", fail)
    await stall.catalogue.put(STAR, "ops")
    assert stall.catalogue.get("star") == STAR


async def wait_for(stall: Stall, gift: str) -> None:
    """Wait until a catalogue that is being read is read."""
    while stall.catalogue._task is not None:
        await stall.catalogue._task
    assert stall.catalogue.get(gift) == STAR


async def test_the_catalogue_is_bounded_and_a_gift_that_is_there_can_be_changed(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "MOST_GIFTS", 4)
    with pytest.raises(Refusal) as refused:
        await stall.catalogue.put(STAR, "ops")
    assert refused.value.code == ErrorCode.OVERLOADED
    rose = stall.catalogue.get("rose")
    assert rose is not None
    await stall.catalogue.put(rose.model_copy(update={"status": GiftStatus.OFF}), "ops")
    assert (await stall.give())["outcome"] == "not_offered"
