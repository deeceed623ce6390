"""A red packet: the sum is exact, every amount within its bounds, and no place in the queue is better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.rules.red_packet import chance_of, draw, is_divisible

SEED = "5e" * 16
PACKETS = st.tuples(st.integers(1, 60), st.integers(1, 500), st.integers(0, 500)).flatmap(
    lambda packet: st.tuples(
        st.just(packet[0]),
        st.just(packet[1]),
        st.just(packet[1] + packet[2]),
        st.integers(packet[0] * packet[1], packet[0] * (packet[1] + packet[2])),
    )
)


def divide(pot: int, number: int, least: int, most: int, seed: str = SEED) -> list[int]:
    """All amounts of a pot."""
    amounts: list[int] = []
    for place in range(number):
        rest = pot - sum(amounts)
        amounts.append(draw(rest, number - place, least, most, chance_of(seed, f"d1 {place}")))
    return amounts


@given(PACKETS, st.binary(min_size=16, max_size=16))
def test_every_packet_is_divided_to_the_last_cent_within_its_bounds(packet: tuple[int, ...], seed: bytes) -> None:
    number, least, most, pot = packet
    amounts = divide(pot, number, least, most, seed.hex())
    assert sum(amounts) == pot
    assert all(least <= amount <= most for amount in amounts)


def test_absurd_amounts_are_divided_exactly() -> None:
    pot = 10**12
    amounts = divide(pot, 3, 1, pot)
    assert sum(amounts) == pot
    assert min(amounts) >= 1


def test_early_and_late_have_the_same_expectation() -> None:
    number, pot, rounds = 8, 8_003, 4_000
    sums = [0] * number
    for turn in range(rounds):
        for place, amount in enumerate(divide(pot, number, 1, 5_000, f"{turn:032x}")):
            sums[place] += amount
    mean = pot / number
    assert all(abs(total / rounds - mean) < mean * 0.06 for total in sums)


def test_amounts_differ_and_hang_on_the_seed_and_the_place_alone() -> None:
    first = divide(10_000, 20, 1, 2_000)
    assert first == divide(10_000, 20, 1, 2_000)
    assert len(set(first)) > 10
    assert first != divide(10_000, 20, 1, 2_000, "00" * 16)


@pytest.mark.parametrize(("pot", "number"), [(9, 10), (91, 10), (1, 0), (0, 0)])
def test_a_pot_that_cannot_be_divided_is_refused(pot: int, number: int) -> None:
    assert number == 0 or not is_divisible(pot, number, 1, 9)
    with pytest.raises(ValueError, match="divided"):
        draw(pot, number, 1, 9, bytes(16))
