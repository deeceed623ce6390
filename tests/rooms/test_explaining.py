"""Which product is explained: every pair of the table, and what was meant for another one."""

from __future__ import annotations

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.shelf import ShelfStatus
from liveroom.rooms.rules import explaining
from liveroom.rooms.rules.explaining import EXPLAINING, NAMES, QUIET, TABLE, Close, Command, Explain, Rest, ShelfState
from tests.rooms.builders import NOW

DRESS = Explain("demo", "dress", "s_1")
COMMANDS: dict[type[Command], Command] = {
    Explain: Explain("demo", "shoes", "s_1"),
    Rest: Rest("dress"),
    Close: Close(None),
}


def make_shelf(status: ShelfStatus) -> ShelfState:
    state, _ = explaining.apply(None, DRESS, NOW)
    if status is QUIET:
        state, _ = explaining.apply(state, Rest("dress"), NOW + 1)
    return state


@pytest.mark.parametrize("status", list(ShelfStatus))
@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
def test_every_pair_is_as_the_table_says(status: ShelfStatus, command: Command) -> None:
    assert set(TABLE) == {(state, kind) for state in ShelfStatus for kind in COMMANDS}
    assert set(NAMES) == set(COMMANDS)
    state = make_shelf(status)
    after, told = explaining.apply(state, command, NOW + 9)
    assert after.status is TABLE[(status, type(command))]
    assert (told is None) == (after is state)
    if told is not None:
        assert told.shelf == after.view()
        assert after.version == state.version + 1


def test_a_shelf_begins_with_the_first_product_that_is_explained() -> None:
    state, told = explaining.apply(None, DRESS, NOW)
    assert told is not None
    assert told.shelf.model_dump() == {
        "id": "shelf",
        "status": EXPLAINING,
        "product": "dress",
        "show_id": "s_1",
        "since": NOW,
        "version": 1,
    }
    for command in (Rest("dress"), Close(None)):
        with pytest.raises(Refusal) as refused:
            explaining.apply(None, command, NOW)
        assert refused.value.code == ErrorCode.NOT_FOUND
    assert explaining.apply(state, DRESS, NOW + 5) == (state, None)


def test_what_was_meant_for_another_product_or_another_show_changes_nothing() -> None:
    state = make_shelf(EXPLAINING)
    assert explaining.apply(state, Rest("shoes"), NOW) == (state, None)
    assert explaining.apply(state, Close("s_1"), NOW) == (state, None)
    closed, told = explaining.apply(state, Close("s_2"), NOW)
    assert told is not None
    assert (closed.status, closed.product, closed.since_ms) == (QUIET, None, None)


def test_the_same_product_in_another_show_is_told_again() -> None:
    again, told = explaining.apply(make_shelf(EXPLAINING), Explain("demo", "dress", "s_2"), NOW + 5)
    assert told is not None
    assert (again.show, again.since_ms) == ("s_2", NOW + 5)
