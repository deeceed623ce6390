"""The drops of a campaign: windows with a stock and, for red packets, a pot (L25).

Promise: what is left is never below zero, and the pot of what is left can always be divided within the bounds. A
change that would break this is refused and says which numbers are in the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.campaign import MOST_DROPS, DropView, FixedValue, RandomValue
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.rules.red_packet import is_divisible

LONGEST_MS = 400 * 86_400_000
"""From the first moment of a drop to its last; one that was open from the beginning of time counts from now."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One window; times are epoch ms. `exhausted`: none is left, as far as the document knows."""

    id: str
    starts_at_ms: int
    ends_at_ms: int
    stock: int
    pot: int | None = None
    exhausted: bool = False

    def view(self) -> DropView:
        """What everybody may know."""
        return DropView(
            id=self.id,
            starts_at=self.starts_at_ms,
            ends_at=self.ends_at_ms,
            stock=self.stock,
            pot=self.pot,
            exhausted=self.exhausted,
        )


class DropTally(NamedTuple):
    """What has become of a drop's coupons.

    `granted`: ever; `returned`: of them given back or taken away; `spent`: sum of the amounts of the others.
    """

    granted: int = 0
    returned: int = 0
    spent: int = 0

    @property
    def held(self) -> int:
        """Coupons that are out."""
        return self.granted - self.returned

    def grant(self, amount: int) -> DropTally:
        """One more is out."""
        return DropTally(self.granted + 1, self.returned, self.spent + amount)

    def take_back(self, amount: int) -> DropTally:
        """One came back."""
        return DropTally(self.granted, self.returned + 1, self.spent - amount)


NOTHING = DropTally()
Tallies = Mapping[str, DropTally]
"""By id of the drop; one that is absent has granted nothing."""


@dataclass(frozen=True, slots=True)
class DropEdit:
    """What to change in a drop; None leaves it."""

    id: str
    starts_at_ms: int | None = None
    ends_at_ms: int | None = None
    stock: int | None = None
    pot: int | None = None


def left(drop: Drop, tally: DropTally) -> int:
    """Coupons of a drop that can still be granted."""
    return max(0, drop.stock - tally.held)


def check(drops: Sequence[Drop], value: FixedValue | RandomValue, tallies: Tallies, now_ms: int) -> None:
    """Check that drops can be as they are.

    Raises:
        Refusal: `invalid_field`; `wrong_state` when what was granted is in the way.
    """
    if len(drops) > MOST_DROPS:
        raise Refusal(ErrorCode.INVALID_FIELD, f"a campaign has at most {MOST_DROPS} drops", field="drops")
    for drop in drops:
        tally = tallies.get(drop.id, NOTHING)
        if not 0 < drop.ends_at_ms - (drop.starts_at_ms or now_ms) <= LONGEST_MS:
            raise _wrong(drop, "ends_at", "ends before it starts, or lasts longer than 400 days")
        if drop.stock < tally.held:
            text = f"drop {drop.id}: {tally.held} are granted, the stock cannot be {drop.stock}"
            raise Refusal(ErrorCode.WRONG_STATE, text, state="granted", field="stock", granted=tally.held)
        if isinstance(value, RandomValue):
            _check_pot(drop, value, tally)
        elif drop.pot is not None:
            raise _wrong(drop, "pot", "has a pot, but every coupon is worth the same")
        elif value.amount * drop.stock > LARGEST_SUM:
            raise _wrong(drop, "stock", "is worth more than can be counted")


def edit(drops: Sequence[Drop], edits: Sequence[DropEdit], tallies: Tallies, now_ms: int) -> tuple[Drop, ...]:
    """The drops after a change.

    Raises:
        Refusal: `not_found`; `wrong_state`, the beginning of a drop that has begun.
    """
    changed = {drop.id: drop for drop in drops}
    for wanted in edits:
        drop = changed.get(wanted.id)
        if drop is None:
            raise Refusal(ErrorCode.NOT_FOUND, "the campaign has no drop of this id", field="drops", id=wanted.id)
        begun = drop.starts_at_ms <= now_ms or tallies.get(drop.id, NOTHING).granted
        if begun and wanted.starts_at_ms not in (None, drop.starts_at_ms):
            text = f"drop {drop.id} has begun; its beginning stays"
            raise Refusal(ErrorCode.WRONG_STATE, text, state="begun", field="starts_at")
        given: dict[str, Any] = {
            "starts_at_ms": wanted.starts_at_ms,
            "ends_at_ms": wanted.ends_at_ms,
            "stock": wanted.stock,
            "pot": wanted.pot,
        }
        changed[drop.id] = replace(drop, **{name: new for name, new in given.items() if new is not None})
    return tuple(changed.values())


def recount(drops: Sequence[Drop], tallies: Tallies) -> tuple[Drop, ...]:
    """The drops with `exhausted` as the stock says."""
    return tuple(replace(drop, exhausted=not left(drop, tallies.get(drop.id, NOTHING))) for drop in drops)


def choose(drops: Sequence[Drop], now_ms: int) -> Drop | None:
    """Which drop is meant when none is named: one that is open and has something left, else one that is open, else the
    next to open, else the last; None without any."""
    running = [drop for drop in drops if drop.starts_at_ms <= now_ms < drop.ends_at_ms]
    if running:
        return next((drop for drop in running if not drop.exhausted), running[0])
    coming = [drop for drop in drops if drop.starts_at_ms > now_ms]
    if coming:
        return min(coming, key=lambda drop: drop.starts_at_ms)
    return max(drops, key=lambda drop: drop.ends_at_ms, default=None)


def _check_pot(drop: Drop, value: RandomValue, tally: DropTally) -> None:
    if drop.pot is None:
        raise _wrong(drop, "pot", "needs a pot to be divided")
    if not is_divisible(drop.pot, drop.stock, value.min, value.max):
        least, most = drop.stock * value.min, drop.stock * value.max
        raise _wrong(drop, "pot", f"has {drop.stock} coupons, so its pot is from {least} to {most}")
    rest, pot = left(drop, tally), drop.pot - tally.spent
    if not is_divisible(pot, rest, value.min, value.max):
        least, most = tally.spent + rest * value.min, tally.spent + rest * value.max
        text = f"drop {drop.id}: with {rest} coupons left its pot can be from {least} to {most}"
        raise Refusal(ErrorCode.WRONG_STATE, text, state="granted", field="pot", spent=tally.spent)


def _wrong(drop: Drop, field: str, text: str) -> Refusal:
    return Refusal(ErrorCode.INVALID_FIELD, f"drop {drop.id} {text}", field=field)
