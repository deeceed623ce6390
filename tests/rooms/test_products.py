"""Products on the shelf: every pair of the table, and what viewers are told of a change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.shelf import ProductChange, ProductStatus, ProductView, StockWord, Variant, VariantChange
from liveroom.rooms.rules import products
from liveroom.rooms.rules.product_state import (
    OFF,
    ON,
    REMOVED,
    Command,
    Edit,
    Hide,
    ProductState,
    Put,
    Remove,
    Show,
    stock_of,
)
from liveroom.rooms.rules.products import NAMES, TABLE
from tests.rooms.builders import NOW
from tests.rooms.products import make_content, make_product, make_put

COMMANDS: dict[type[Command], Command] = {
    Put: make_put(title="长裙"),
    Edit: Edit(title="短裙"),
    Show: Show(),
    Hide: Hide(),
    Remove: Remove(),
}


def make_in(status: ProductStatus) -> ProductState:
    state = make_product()
    leads: dict[ProductStatus, list[Command]] = {ON: [], OFF: [Hide()], REMOVED: [Remove()]}
    for command in leads[status]:
        state, _ = products.apply(state, command, NOW)
    return state


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("status", list(ProductStatus))
def test_every_pair_is_as_the_table_says(status: ProductStatus, command: Command) -> None:
    state = make_in(status)
    after = TABLE.get((status, type(command)))
    if after is None:
        with pytest.raises(Refusal) as refused:
            products.apply(state, command, NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
    else:
        assert products.apply(state, command, NOW)[0].status is after
    assert set(NAMES) == set(COMMANDS)


@pytest.mark.parametrize("command", [each for each in COMMANDS.values() if not isinstance(each, Put)])
def test_what_was_never_put_there_is_not_found(command: Command) -> None:
    with pytest.raises(Refusal) as refused:
        products.apply(None, command, NOW)
    assert refused.value.code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize("status", list(ProductStatus))
def test_a_repeat_changes_nothing_and_is_told_to_nobody(status: ProductStatus) -> None:
    for command in COMMANDS.values():
        if (status, type(command)) not in TABLE:
            continue
        once, _ = products.apply(make_in(status), command, NOW)
        assert products.apply(once, command, NOW + 1) == (once, None)


@pytest.mark.parametrize(
    ("variant", "word"),
    [
        (Variant(id="a", name="a", price=1), StockWord.IN_STOCK),
        (Variant(id="a", name="a", price=1, stock=StockWord.LOW), StockWord.LOW),
        (Variant(id="a", name="a", price=1, left=0), StockWord.SOLD_OUT),
        (Variant(id="a", name="a", price=1, left=0, stock=StockWord.IN_STOCK), StockWord.SOLD_OUT),
        (Variant(id="a", name="a", price=1, left=10), StockWord.LOW),
        (Variant(id="a", name="a", price=1, left=11), StockWord.IN_STOCK),
        (Variant(id="a", name="a", price=1, left=0, stock=StockWord.PREORDER), StockWord.PREORDER),
    ],
)
def test_the_word_about_stock_follows_what_is_counted(variant: Variant, word: StockWord) -> None:
    assert stock_of(variant, low_at=10) is word


def test_viewers_read_a_number_only_where_few_are_left() -> None:
    red, blue = make_product().view().variants
    assert (red.stock, red.left) == (StockWord.IN_STOCK, None)
    assert (blue.stock, blue.left) == (StockWord.LOW, 3)


@pytest.mark.parametrize(
    ("command", "change"),
    [
        (Edit(variants=(VariantChange(id="red", price=9_900),)), ProductChange.PRICE),
        (Edit(variants=(VariantChange(id="blue", was=0),)), ProductChange.PRICE),
        (Edit(variants=(VariantChange(id="blue", left=2),)), ProductChange.STOCK),
        (Edit(variants=(VariantChange(id="red", left=0, price=1),)), ProductChange.PRICE),
        (Edit(variants=(VariantChange(id="red", name="大红"),)), ProductChange.EDITED),
        (Edit(position=3), ProductChange.EDITED),
        (Hide(), ProductChange.HIDDEN),
        (Remove(), ProductChange.REMOVED),
        (Edit(variants=(VariantChange(id="red", left=499),)), None),
        (Edit(facts=()), None),
    ],
)
def test_viewers_are_told_what_they_can_see_and_nothing_else(command: Command, change: ProductChange | None) -> None:
    before = make_product()
    after, told = products.apply(before, command, NOW)
    assert after != before
    if change is None:
        assert (told, after.version) == (None, before.version)
    else:
        assert told is not None
        assert (told.change, told.product) == (change, after.view())
        assert after.version == before.version + 1


def test_off_the_shelf_a_change_is_silent_and_told_when_it_is_shown() -> None:
    hidden, _ = products.apply(make_product(), Hide(), NOW)
    edited, silent = products.apply(hidden, Edit(title="新名"), NOW)
    shown, told = products.apply(edited, Show(), NOW)
    assert silent is None
    assert told is not None
    assert (told.change, told.product.title, told.product.version) == (ProductChange.SHOWN, "新名", 3)
    assert shown.view() == told.product


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (make_put(title="\u200b"), "title"),
        (make_put(variants=(Variant(id="a", name="a", price=1), Variant(id="a", name="b", price=1))), "variants"),
        (make_put(variants=(Variant(id="a", name="\u2800", price=1),)), "variants"),
        (Edit(variants=(VariantChange(id="green", price=1),)), "variants"),
        (Edit(facts=(make_content().facts * 2)), "facts"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_the_name_of_its_field(command: Command, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        products.apply(make_product(), command, NOW)
    assert refused.value.facts["field"] == field


TEXTS = st.text(min_size=1, max_size=80)


@settings(max_examples=200)
@given(TEXTS, st.text(min_size=1, max_size=40))
def test_any_text_that_is_taken_can_be_shown_as_it_was_declared(title: str, name: str) -> None:
    variants = (Variant(id="a", name=name, price=1),)
    try:
        state = make_product(title=title, variants=variants)
    except Refusal:
        return
    view = state.view()
    assert ProductView.model_validate_json(view.model_dump_json()) == view


@settings(max_examples=200)
@given(st.lists(st.sampled_from([Hide(), Show(), Remove(), *COMMANDS.values(), Edit(position=1)]), max_size=30))
def test_the_newest_view_that_was_told_is_what_is_on_the_shelf(steps: list[Any]) -> None:
    state, told = products.apply(None, make_put(), NOW)
    newest = told
    for command in steps:
        try:
            state, told = products.apply(state, command, NOW)
        except Refusal:
            continue
        newest = told or newest
    assert newest is not None
    assert (newest.product.status is ON) == (state.status is ON)
    if state.status is ON:
        assert newest.product == state.view()
