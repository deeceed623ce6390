"""The amounts of a red packet: a pot divided among a number of coupons, one after the other (L25).

Promise: pure, from a secret seed and a number; the sum is exact to the last cent, each amount is within its bounds, and
what remains can always be divided. Each place in the queue has the same expectation, pot over number.
"""

from __future__ import annotations

from hashlib import blake2b


def is_divisible(pot: int, number: int, least: int, most: int) -> bool:
    """Whether a pot can be divided into `number` amounts within the bounds, all in minor units."""
    return number * least <= pot <= number * most


def draw(pot: int, number: int, least: int, most: int, chance: bytes) -> int:
    """The next amount of a pot that has to be enough for `number` coupons.

    Args:
        chance: 16 bytes that nobody can foresee.

    Raises:
        ValueError: the pot cannot be divided like this, which the rules of a campaign exclude.
    """
    if number < 1 or not is_divisible(pot, number, least, most):
        raise ValueError("the pot cannot be divided within the bounds")
    # No more and no less than leaves the others within their bounds.
    low = max(least, pot - (number - 1) * most)
    high = min(most, pot - (number - 1) * least)
    # Around the mean, equally far to both sides, so that early and late have the same expectation.
    mean, fraction = divmod(pot, number)
    reach = min(pot - number * low, number * high - pot) // number
    offset = int.from_bytes(chance[:8]) % (2 * reach + 1) - reach
    carry = int.from_bytes(chance[8:16]) % number < fraction
    return mean + offset + carry


def chance_of(seed: str, place: str) -> bytes:
    """16 bytes for a place: the same for the same seed and place, and not to be guessed without the seed."""
    return blake2b(place.encode(), key=bytes.fromhex(seed), digest_size=16).digest()
