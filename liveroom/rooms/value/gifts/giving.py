"""A gift on its way to the ledger: the fact, and what its decider is told beside it.

Promise: the same command with the same key is the same fact in any show and at any price, so a repeat always finds
its first answer; ids are made of the key, so two tries can never make two charges or two combos.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import orjson

from liveroom.rooms.ledger import Fact
from liveroom.rooms.messages.gift import Gift, GiftOutcome
from liveroom.rooms.messages.people import Person, Visitor
from liveroom.rooms.rules.charges import Word
from liveroom.rooms.storage.charges import Charge

SEND = "gift.send"
CHARGE = "gift.charge"
SETTLE = "gift.settle"


@dataclass(frozen=True, slots=True)
class Giving:
    """What is known of a gift when it comes to the ledger.

    Args:
        by, to: as the room shows them.
        gift: None: the catalogue has none of this name, or it is off.
        show: that runs, as far as this node knows; None: none.
        refusal: why it cannot be given, as far as memory knows.
        word: what the app's billing said; None: it is not asked.
        reason: its own word for that.
    """

    by: Visitor
    to: Person
    gift: Gift | None
    count: int
    show: str | None
    refusal: GiftOutcome | None = None
    word: Word | None = None
    reason: str | None = None

    @property
    def amount(self) -> int:
        """What all of it costs now, in minor units."""
        return 0 if self.gift is None else self.gift.price * self.count


def write_body(gift: str, count: int, to: str | None, by: Visitor | None = None) -> bytes:
    """The body of the fact: what was asked for, and nothing that changes with time.

    Args:
        by: whose gift it is, where a server says so.
    """
    body: dict[str, object] = {"gift": gift, "count": count, "to": to}
    if by is not None:
        body["by"] = {"id": by.id, "name": by.name, "level": by.level}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def make_fact(room: str, subject: str, key: str, body: bytes, giving: Giving, now_ms: int) -> Fact:
    """The fact of a gift."""
    return Fact(SEND, room, scope_of(room), subject, key, body, now_ms, giving)


def scope_of(room: str) -> str:
    """Gifts of a room are decided one after the other."""
    return f"gifts:{room}"


def mark_of(unique_key: str) -> str:
    """What ids of a gift are made of: 20 hex digits of its key."""
    return blake2b(unique_key.encode(), digest_size=10).hexdigest()


def charge_id_of(subject: str, key: str) -> str:
    """The id of the charge of a gift."""
    return "charge_" + mark_of(f"{subject}\n{key}")


def is_charged_by(charge: Charge, room: str, body: str) -> bool:
    """Whether a charge is that of a gift: its id says only whose it is, and under which key."""
    return (charge.room, charge.body) == (room, body)
