"""The diagrams: every pair of the tables is on the page, and what depends on more is what the rule does."""

from __future__ import annotations

import re

import pytest

from liveroom.rooms.rules import value_card
from liveroom.rooms.rules.value_card import CardStatus, Due, Tap
from liveroom.server.handbook.machines import LAST_TAP, MACHINES, Machine, render_machines
from tests.rooms.builders import small_scene

PAGE = render_machines()


def section(machine: Machine) -> str:
    """The part of the page about one machine."""
    return PAGE.partition(f"## {machine.title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.title)
def test_every_state_and_command_has_its_cell(machine: Machine) -> None:
    text = section(machine)
    head = next(line for line in text.splitlines() if line.startswith("| |"))
    assert [cell.strip() for cell in head.split("|")[2:-1]] == list(machine.words.values())
    for state in type(machine.initial):
        row = next(line for line in text.splitlines() if line.startswith(f"| **{state.value}** |"))
        cells = [cell.strip() for cell in row.split("|")[2:-1]]
        for command, cell in zip(machine.words, cells, strict=True):
            after = machine.table.get((state, command))
            assert cell == ("refused" if after is None else "stays" if after is state else after.value)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.title)
def test_every_move_of_the_table_is_an_arrow(machine: Machine) -> None:
    arrows = set(re.findall(r"(\w+) --> (\w+) :", section(machine)))
    moves = {(before.value, after.value) for (before, _), after in machine.table.items() if before is not after}
    assert arrows == moves | {(before.value, after.value) for before, _, after in machine.more}


def test_a_tap_on_the_last_step_leads_where_the_diagram_says() -> None:
    drawn = {before: after for machine in MACHINES for before, words, after in machine.more if words == LAST_TAP}
    assert set(drawn) == {CardStatus.SHOWN, CardStatus.ACTED}
    card = value_card.start("card_1", small_scene(), "en", 0)
    card, _ = value_card.apply(card, Due(), card.due_at_ms)
    last = card._replace(step=len(card.steps))
    for before, after in drawn.items():
        done, shown = value_card.apply(last._replace(status=before), Tap("card_1", last.step), card.due_at_ms)
        assert (done.status, shown) == (after, ())
