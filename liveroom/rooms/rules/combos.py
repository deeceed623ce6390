"""Combos (L14): one person gives one gift to one receiver again and again, and it counts as one thing that grows.

Promise: numbers only grow while a combo is open and never change afterwards; a combo is closed once, with one
settlement; time that runs backwards neither ends a combo nor makes it last longer than its window after the last gift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.messages.people import Person, Visitor


class ComboStatus(StrEnum):
    """Where a combo is."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Give:
    """The same gift again.

    Args:
        count: how many, at least 1.
        amount: what all of them cost, in minor units.
        window_ms: how long the combo waits for the next one.
    """

    count: int
    amount: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Close it, when its time is over."""


Command = Give | Settle
OPEN, CLOSED = ComboStatus.OPEN, ComboStatus.CLOSED
TABLE: dict[tuple[ComboStatus, type[Command]], ComboStatus] = {
    (OPEN, Give): OPEN,
    (OPEN, Settle): CLOSED,
}
NAMES: dict[type[Command], str] = {Give: "the gift again", Settle: "the time is over"}


@dataclass(frozen=True, slots=True)
class ComboKey:
    """What gifts must have in common to be one combo."""

    room: str
    show: str
    user_id: str
    gift: str
    to: str


@dataclass(frozen=True, slots=True)
class Combo:
    """A combo.

    Args:
        by, to: as they were when it began.
        count, amount: of all its gifts.
        last_at_ms: of its last gift; `due_at_ms`: when its time is over.
        closed_at_ms: None while it is open.
    """

    id: str
    room: str
    show: str
    gift: str
    by: Visitor
    to: Person
    count: int
    amount: int
    opened_at_ms: int
    last_at_ms: int
    due_at_ms: int
    closed_at_ms: int | None = None

    @property
    def key(self) -> ComboKey:
        """See `ComboKey`."""
        return ComboKey(self.room, self.show, self.by.id, self.gift, self.to.id)

    @property
    def status(self) -> ComboStatus:
        """Where it is."""
        return OPEN if self.closed_at_ms is None else CLOSED

    @property
    def settlement_id(self) -> str:
        """What its charge is known by; made of the combo, so that there cannot be a second one."""
        return f"settle_{self.id}"


def begin(combo_id: str, key: ComboKey, by: Visitor, to: Person, given: Give, now_ms: int) -> Combo:
    """A combo with its first gift; without a window it is due at once."""
    due_at_ms = now_ms + given.window_ms
    return Combo(combo_id, key.room, key.show, key.gift, by, to, given.count, given.amount, now_ms, now_ms, due_at_ms)


def goes_on(combo: Combo | None, given: Give, now_ms: int) -> bool:
    """Whether a gift belongs to this combo: open, in time, and its sums stay exact."""
    if combo is None or combo.status is not OPEN or now_ms >= combo.due_at_ms:
        return False
    return combo.amount + given.amount <= LARGEST_SUM and combo.count + given.count <= LARGEST_SUM


def apply(combo: Combo, command: Command, now_ms: int) -> Combo:
    """Apply a command.

    Raises:
        Refusal: `wrong_state`, it is closed; or it is to be settled before its time.
    """
    if (combo.status, type(command)) not in TABLE:
        text = f"the combo is closed, with {combo.count} gifts in it"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=combo.status.value)
    if isinstance(command, Settle):
        if now_ms < combo.due_at_ms:
            raise Refusal(ErrorCode.WRONG_STATE, "the combo can still go on", state=combo.status.value)
        return replace(combo, closed_at_ms=max(now_ms, combo.last_at_ms))
    last_at_ms = max(now_ms, combo.last_at_ms)
    return replace(
        combo,
        count=combo.count + command.count,
        amount=combo.amount + command.amount,
        last_at_ms=last_at_ms,
        due_at_ms=last_at_ms + command.window_ms,
    )
