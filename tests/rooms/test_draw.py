"""The draw: bound before, the same for whoever works it out, fair to every ticket, and nobody wins twice."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.messages.lottery import Prize
from liveroom.rooms.rules.draw import Drawing, Urn, commit, draw, hand_out, make_ticket, places

SEED = "5e" * 32
PRIZES = (Prize(name="大奖"), Prize(name="小奖", count=2))


def fill(number: int) -> Urn:
    """An urn with the tickets of so many people."""
    urn = Urn()
    urn.add([make_ticket("0a" * 16, f"u{each}") for each in range(number)])
    return urn


def test_it_is_what_the_page_about_it_says() -> None:
    """Written out step by step, as docs/lottery.md has it, so that a change of the format is noticed."""

    def digest(*lines: str) -> str:
        return sha256("\n".join(lines).encode()).hexdigest()

    urn = fill(5)
    assert commit("l_1", SEED, PRIZES) == digest("liveroom.lottery/1", "l_1", SEED, '[["大奖",1],["小奖",2]]')
    entries_hash = sha256("".join(f"{ticket}\n" for ticket in urn.tickets).encode()).hexdigest()
    assert urn.entries_hash == entries_hash
    key = digest("liveroom.lottery/1", "l_1", SEED, entries_hash)
    scores = {number: digest(key, str(number), ticket) for number, ticket in enumerate(urn.tickets, 1)}
    assert draw("l_1", SEED, urn, 3) == sorted(scores, key=lambda number: scores[number])[:3]


@given(st.integers(0, 60), st.lists(st.integers(1, 9), max_size=20))
def test_piece_by_piece_is_the_same_as_all_at_once(number: int, pieces: list[int]) -> None:
    whole = fill(number)
    urn, rest = Urn(), list(whole.tickets)
    for piece in [*pieces, number + 1]:
        urn.add(rest[:piece])
        rest = rest[piece:]
    assert urn.entries_hash == whole.entries_hash
    drawing, at = Drawing("l_1", SEED, urn.entries_hash, 3), 1
    for piece in [*pieces, number + 1]:
        drawing.look(at, urn.tickets[at - 1 : at - 1 + piece])
        at += piece
    assert drawing.numbers() == draw("l_1", SEED, whole, 3)


@given(st.integers(0, 40), st.integers(1, 12))
def test_nobody_wins_twice_and_as_many_win_as_can(number: int, count: int) -> None:
    numbers = draw("l_1", SEED, fill(number), count)
    assert len(set(numbers)) == len(numbers) == min(number, count)
    assert all(1 <= each <= number for each in numbers)


def test_every_ticket_has_the_same_chance() -> None:
    urn, wins = fill(10), Counter[int]()
    for number in range(4_000):
        wins.update(draw("l_1", sha256(str(number).encode()).hexdigest(), urn, 1))
    # Chi square with 9 degrees of freedom is above 27.9 once in a thousand times; these seeds are always the same.
    assert sum((wins[each] - 400) ** 2 / 400 for each in range(1, 11)) < 27.9


def test_another_seed_other_entries_or_another_lottery_is_another_draw() -> None:
    urn = fill(1_000)
    first = draw("l_1", SEED, urn, 3)
    assert draw("l_1", "5f" * 32, urn, 3) != first
    assert draw("l_2", SEED, urn, 3) != first
    assert draw("l_1", SEED, fill(1_001), 3) != first


def test_the_commitment_binds_the_seed_the_lottery_and_the_prizes() -> None:
    bound = commit("l_1", SEED, PRIZES)
    assert SEED not in bound
    others = [commit("l_1", "5f" * 32, PRIZES), commit("l_2", SEED, PRIZES), commit("l_1", SEED, PRIZES[:1])]
    assert len({bound, *others}) == 4


def test_the_best_score_gets_the_first_prize() -> None:
    assert places(PRIZES) == 3
    assert hand_out(PRIZES, [7, 3, 9]) == [(0, 7), (1, 3), (1, 9)]
    assert hand_out(PRIZES, [7, 3]) == [(0, 7), (1, 3)]
    assert hand_out(PRIZES, []) == []


def test_a_ticket_does_not_tell_whose_it_is() -> None:
    mine = make_ticket("0a" * 16, "ann")
    assert mine == make_ticket("0a" * 16, "ann")
    assert len({mine, make_ticket("0b" * 16, "ann"), make_ticket("0a" * 16, "bob")}) == 3
