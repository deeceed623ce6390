"""The shelf of a node: what is changed is stored, told once and shown to who comes later, also after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Machine
from liveroom.rooms.options.shelf import ShelfOptions
from liveroom.rooms.shelf.machines import SHELF
from tests.storage.house import ROOM, House
from tests.storage.shelf.goods import put
from tests.support.clock import FakeClock


async def changes(house: House) -> list[str]:
    """What the room was told of products."""
    return [data["change"] for kind, data in await house.told() if kind == "product.changed"]


async def explained(house: House) -> list[str | None]:
    """Which products were explained, as the room was told."""
    return [data["shelf"].get("product") for kind, data in await house.told() if kind == "shelf.changed"]


async def test_a_price_and_stock_that_viewers_can_see_are_pushed_and_the_rest_is_not(house: House) -> None:
    view = await put(house)
    assert [(each["id"], each["stock"], each.get("left")) for each in view["variants"]] == [
        ("m", "in_stock", None),
        ("l", "low", 3),
    ]
    await house.order("product.edit", product="dress", variants=[{"id": "m", "left": 39}])
    await house.order("product.edit", product="dress", variants=[{"id": "m", "price": 9_900}])
    await house.order("product.edit", product="dress", variants=[{"id": "l", "left": 0}])
    await house.order("product.hide", product="dress")
    assert await changes(house) == ["shown", "price", "stock", "hidden"]
    assert "products" not in (await house.room()).snapshot.parts
    (kept,) = await house.node.value.shelf.shelves.list(ROOM)
    assert [variant.left for variant in kept.content.variants] == [39, 0]


async def test_a_repeat_of_a_command_has_the_same_answer_and_is_told_once(house: House) -> None:
    first = await put(house)
    assert await put(house) == first
    for _ in range(2):
        await house.order("product.edit", "same", product="dress", title="长裙")
    assert await changes(house) == ["shown", "edited"]


async def test_a_restart_shows_the_same_shelf(house: House, url: str, tmp_path: Path, clock: FakeClock) -> None:
    await put(house)
    await put(house, "shoes", title="小白鞋", position=2)
    await put(house, "hat", title="草帽")
    await house.order("product.hide", product="hat")
    await house.order("shelf.explain", product="shoes")
    await house.told()
    before = (await house.room()).snapshot
    again = House(url, tmp_path / "data", clock)
    await again.open()
    try:
        after = (await again.room()).snapshot
        assert after.parts == before.parts
        assert set(after.parts["products"]) == {"dress", "shoes"}
        assert after.parts["shelf"]["shelf"]["product"] == "shoes"
    finally:
        await again.close()


async def test_one_product_is_explained_at_a_time_and_none_when_it_is_taken_away(house: House) -> None:
    await put(house)
    await put(house, "shoes")
    await house.order("shelf.explain", product="dress")
    await house.order("shelf.explain", product="shoes")
    await house.order("shelf.rest", product="dress")
    await house.order("product.remove", product="shoes")
    assert await explained(house) == ["dress", "shoes", None]
    told = [data for type_, data in await house.webhooks() if type_ == "product.explained"]
    assert [data["product"] for data in told] == ["dress", "shoes"]
    with pytest.raises(Refusal) as refused:
        await house.order("shelf.explain", product="shoes")
    assert refused.value.code == ErrorCode.NOT_FOUND


async def end_show(house: House) -> None:
    """And let the node hear of it."""
    await house.order("room.end")
    await house.told()
    await asyncio.gather(*house.node.value.shelf._tasks)


async def start_next_show(house: House) -> None:
    """After the end of this one."""
    await end_show(house)
    await house.order("room.go_live")


@pytest.mark.parametrize(
    ("overtake", "code"),
    [
        (lambda house: house.order("product.hide", product="dress"), ErrorCode.NOT_FOUND),
        (lambda house: house.order("product.remove", product="dress"), ErrorCode.NOT_FOUND),
        (end_show, ErrorCode.ROOM_NOT_OPEN),
        (start_next_show, ErrorCode.UNAVAILABLE),
    ],
    ids=["hidden", "removed", "over", "next show"],
)
async def test_what_goes_away_while_it_begins_to_be_explained_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch, overtake: Callable[[House], Awaitable[object]], code: ErrorCode
) -> None:
    await put(house)
    await put(house, "shoes")
    await house.order("shelf.explain", product="shoes")
    keeper = house.node.value.means.keeper
    load, is_overtaken = keeper.load, False

    async def load_late(machine: Machine[Any], document_id: str) -> Any:
        nonlocal is_overtaken
        if machine is SHELF and not is_overtaken:
            is_overtaken = True
            await overtake(house)
        return await load(machine, document_id)

    monkeypatch.setattr(keeper, "load", load_late)
    with pytest.raises(Refusal) as refused:
        await house.order("shelf.explain", product="dress")
    assert refused.value.code == code
    assert (await explained(house))[-1] is None
    assert "shelf" not in (await house.room()).snapshot.parts


async def test_the_end_of_the_show_ends_what_was_explained_also_when_nobody_could_tell(
    house: House, url: str, tmp_path: Path, clock: FakeClock
) -> None:
    await put(house)
    await house.order("shelf.explain", product="dress")
    await house.order("room.end")
    await asyncio.gather(*house.node.value.shelf._tasks)
    assert await explained(house) == ["dress", None]
    await house.order("room.go_live")
    await house.order("shelf.explain", product="dress")
    # Another process ends the show and dies before its shelf is closed.
    other = House(url, tmp_path / "data", clock)
    await other.node.storage.start()
    state = await other.node.store.load(ROOM)
    assert state is not None
    ended = state.__class__(**{name: getattr(state, name) for name in state.__slots__} | {"show": None, "version": 99})
    await other.node.store.save(ended, state.version, who="x", command="room.end")
    await other.node.storage.stop()
    again = House(url, tmp_path / "data", clock)
    await again.open()
    try:
        assert "shelf" not in (await again.room()).snapshot.parts
    finally:
        await again.close()


async def test_a_shelf_takes_so_many_products_and_a_removed_one_makes_place(house: House) -> None:
    room = await house.room()
    room.scene = room.scene.model_copy(update={"shelf": ShelfOptions(most=2)})
    await put(house, "a")
    await put(house, "b")
    with pytest.raises(Refusal) as refused:
        await put(house, "c")
    assert refused.value.code == ErrorCode.OVERLOADED
    await put(house, "a", title="还是它")
    await house.order("product.remove", product="a")
    await put(house, "c")
    with pytest.raises(Refusal):
        await put(house, "a")


async def test_a_shelf_takes_no_more_when_many_are_put_on_it_in_one_moment(house: House) -> None:
    room = await house.room()
    room.scene = room.scene.model_copy(update={"shelf": ShelfOptions(most=3)})
    for product in ("a", "b"):
        await put(house, product)
        await house.order("product.remove", product=product)
    await put(house, "c")
    await house.order("product.hide", product="c")
    answers = await asyncio.gather(*(put(house, product) for product in "abcdef"), return_exceptions=True)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [ErrorCode.OVERLOADED] * 3
    assert len(await house.node.value.shelf.shelves.list(ROOM)) == 3


async def test_a_scene_without_a_shelf_says_so(house: House) -> None:
    room = await house.room()
    room.scene = room.scene.model_copy(update={"shelf": ShelfOptions(on=False)})
    with pytest.raises(Refusal) as refused:
        await put(house)
    assert (refused.value.code, refused.value.facts["state"]) == (ErrorCode.WRONG_STATE, "off")


async def test_two_who_put_the_same_product_at_once_make_one(house: House) -> None:
    await asyncio.gather(*(put(house, title=f"裙 {number}") for number in range(6)))
    products = (await house.room()).snapshot.parts["products"]
    await house.told()
    (kept,) = await house.node.value.shelf.shelves.list(ROOM)
    assert list(products) == ["dress"]
    assert (await house.room()).snapshot.parts["products"]["dress"]["title"] == kept.content.title
