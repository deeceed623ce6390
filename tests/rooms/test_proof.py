"""A proof holds when everything in it is as it was, and whatever is changed in it is found."""

from __future__ import annotations

from typing import Any

import pytest

from liveroom.rooms.messages.lottery import Prize, Winner
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules import draw
from liveroom.rooms.rules.proof import Proof, find_faults, find_number
from tests.rooms.builders import NOW

ID, SEED = "l_0000000000000001", "5e" * 32
PRIZES = (Prize(name="大奖"), Prize(name="小奖", count=2))
TICKETS = tuple(draw.make_ticket("0a" * 16, f"u{number}") for number in range(20))


def make_proof(**changes: Any) -> Proof:
    """A proof that holds, with changes that make it not hold."""
    urn = draw.Urn()
    urn.add(TICKETS)
    drawn = draw.hand_out(PRIZES, draw.draw(ID, SEED, urn, 3))
    winners = tuple(
        Winner(prize=prize, number=number, ticket=TICKETS[number - 1], user=Person(id=f"u{number}", name="n"))
        for prize, number in drawn
    )
    fields: dict[str, Any] = {
        "format": draw.FORMAT,
        "lottery": ID,
        "title": "今晚抽奖",
        "prizes": PRIZES,
        "opened_at": NOW,
        "commitment": draw.commit(ID, SEED, PRIZES),
        "seed": SEED,
        "entries": len(TICKETS),
        "entries_hash": urn.entries_hash,
        "winners": winners,
        "tickets": TICKETS,
    }
    return Proof(**fields | changes)


GOOD = make_proof()


def test_a_proof_of_a_true_draw_holds() -> None:
    assert find_faults(GOOD) == []
    assert find_faults(GOOD, GOOD.commitment) == []


def test_a_draw_without_entries_holds_and_has_no_winner() -> None:
    empty = draw.Urn()
    assert find_faults(make_proof(entries=0, entries_hash=empty.entries_hash, winners=(), tickets=())) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seed": "5f" * 32}, "does not bind this seed"),
        ({"prizes": (Prize(name="大奖", count=2), Prize(name="小奖"))}, "does not bind this seed and these prizes"),
        ({"lottery": "l_0000000000000002"}, "does not bind"),
        ({"entries": 21}, "21 have entered, but 20 tickets are listed"),
        ({"tickets": (*TICKETS[:-1], TICKETS[0])}, "a ticket is listed twice"),
        ({"tickets": (TICKETS[1], TICKETS[0], *TICKETS[2:])}, "another than the one that was drawn from"),
        ({"winners": GOOD.winners[:2]}, "not those of the draw"),
        ({"winners": GOOD.winners[::-1]}, "not those of the draw"),
        ({"winners": (GOOD.winners[0].model_copy(update={"ticket": "00" * 12}), *GOOD.winners[1:])}, "not those"),
    ],
)
def test_what_was_changed_is_found(changes: dict[str, Any], fault: str) -> None:
    assert any(fault in each for each in find_faults(make_proof(**changes)))


def test_a_proof_made_anew_with_another_seed_is_found_by_who_noted_the_commitment() -> None:
    other = make_proof()
    noted = draw.commit(ID, "5f" * 32, PRIZES)
    assert find_faults(other) == []
    assert find_faults(other, noted) == ["the commitment is another than the one that was noted before the draw"]


def test_a_ticket_is_found_under_its_number() -> None:
    assert find_number(GOOD, TICKETS[4]) == 5
    assert find_number(GOOD, "00" * 12) is None
