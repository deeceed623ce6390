"""What a campaign is, and what can be asked of it: the state and the commands of `campaign.py`.

Promise: the state is the whole document; what everybody may know of it is `view`, which leaves out the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.rooms.messages.campaign import (
    Audience,
    CampaignStatus,
    CampaignView,
    Change,
    FixedValue,
    RandomValue,
)
from liveroom.rooms.rules.drops import Drop, DropEdit

DRAFT, ACTIVE, PAUSED = CampaignStatus.DRAFT, CampaignStatus.ACTIVE, CampaignStatus.PAUSED
EXHAUSTED, ENDED = CampaignStatus.EXHAUSTED, CampaignStatus.ENDED
SHOWN = frozenset({ACTIVE, PAUSED, EXHAUSTED})
"""What the room sees."""


@dataclass(frozen=True, slots=True)
class CampaignState:
    """The document of a campaign; times are epoch ms.

    Args:
        ends_at_ms: when it ends by itself; None: with its last drop.
        seed: hex; what nobody can foresee is made from it.
        version: counts its changes and is compared when it is stored.
    """

    id: str
    room: str
    name: str
    currency: str
    status: CampaignStatus
    value: FixedValue | RandomValue
    per_user: int
    per_drop: int
    audience: Audience
    valid_s: int
    ends_at_ms: int | None
    drops: tuple[Drop, ...]
    seed: str
    created_at_ms: int
    version: int = 1

    @property
    def end_ms(self) -> int | None:
        """When it is over; None: not by itself."""
        if self.ends_at_ms is not None:
            return self.ends_at_ms
        return max((drop.ends_at_ms for drop in self.drops), default=None)

    @property
    def due_at_ms(self) -> int | None:
        """When `Elapse` has something to do."""
        return self.end_ms if self.status in SHOWN else None

    def drop(self, drop_id: str) -> Drop | None:
        """The drop of this id."""
        return next((drop for drop in self.drops if drop.id == drop_id), None)

    def view(self) -> CampaignView:
        """What everybody may know."""
        return CampaignView(
            id=self.id,
            name=self.name,
            currency=self.currency,
            status=self.status,
            value=self.value,
            per_user=self.per_user,
            per_drop=self.per_drop,
            audience=self.audience,
            valid_s=self.valid_s,
            ends_at=self.ends_at_ms,
            drops=tuple(drop.view() for drop in self.drops),
            version=self.version,
        )


def as_seen(room: str, seen: CampaignView) -> CampaignState:
    """A campaign as far as everybody may know it; it has no seed, so nothing can be granted with it."""
    return CampaignState(
        id=seen.id,
        room=room,
        name=seen.name,
        currency=seen.currency,
        status=seen.status,
        value=seen.value,
        per_user=seen.per_user,
        per_drop=seen.per_drop,
        audience=seen.audience,
        valid_s=seen.valid_s,
        ends_at_ms=seen.ends_at,
        drops=tuple(Drop(d.id, d.starts_at, d.ends_at, d.stock, d.pot, d.exhausted) for d in seen.drops),
        seed="",
        created_at_ms=0,
        version=seen.version,
    )


@dataclass(frozen=True, slots=True)
class Activate:
    """Let viewers see it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Grant nothing for a while."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""


@dataclass(frozen=True, slots=True)
class End:
    """End it for good."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Time has passed: it ends when it is over."""


@dataclass(frozen=True, slots=True)
class AddDrop:
    """Announce another drop, `in_s` seconds from now."""

    in_s: int
    lasts_s: int
    stock: int
    pot: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; None leaves it."""

    name: str | None = None
    value: FixedValue | RandomValue | None = None
    per_user: int | None = None
    per_drop: int | None = None
    audience: Audience | None = None
    valid_s: int | None = None
    ends_at_ms: int | None = None
    drops: tuple[DropEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class Recount:
    """The stock has moved: coupons were granted, or came back."""


Command = Activate | Pause | Resume | End | Elapse | AddDrop | Edit | Recount

CHANGES: dict[type[Command], Change] = {
    Activate: Change.ACTIVATED,
    Pause: Change.PAUSED,
    Resume: Change.RESUMED,
    Edit: Change.EDITED,
    AddDrop: Change.DROP_ADDED,
    End: Change.ENDED,
    Elapse: Change.ENDED,
}
"""How the room is told of each; `Recount` is told by what it comes to."""
