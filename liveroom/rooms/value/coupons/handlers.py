"""From commands about coupons and campaigns to facts of the ledger, or to an answer from memory.

Promise: memory only says no, and only to viewers who have had nothing, about a campaign whose document says so; whoever
may get something, or has got something, is answered by the ledger.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import cast

import orjson

from liveroom.realtime.catalogue import Model
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Fact
from liveroom.rooms.messages import campaign as messages
from liveroom.rooms.messages.campaign import CampaignView
from liveroom.rooms.messages.coupon import ClaimAck, ClaimCoupon, Closed, Outcome
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import campaign_state as orders
from liveroom.rooms.rules import claims
from liveroom.rooms.rules.campaign_state import CampaignState, as_seen
from liveroom.rooms.rules.drops import DropEdit
from liveroom.rooms.value.claimants import find_claimant
from liveroom.rooms.value.coupons.campaign_decider import CHANGE, Order
from liveroom.rooms.value.coupons.campaign_documents import scope_of
from liveroom.rooms.value.coupons.claim_decider import CLAIM, Claim
from liveroom.rooms.value.coupons.holders import Holders

SEEN = 512
LASTING = frozenset({Closed.PAUSED, Closed.EARLY})
"""Why nothing is granted, and will not be before the document or the time says so. What is over by time alone may not
be over yet by the clock of another node."""


class CouponHandlers:
    """See the module."""

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._seen: OrderedDict[tuple[str, str], CampaignState] = OrderedDict()
        self._last_asked: tuple[CampaignState | None, str | None, int] = (None, None, 0)
        self._last_closed: ClaimAck | None = None

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        changes = dict.fromkeys(COMMANDS, change_campaign)
        return {CLAIM: self.claim, **changes}

    def claim(self, room: Room, request: Request, now_ms: int) -> Fact | Model:
        """`coupon.claim`"""
        wanted = cast(ClaimCoupon, request.data)
        seen = self._find(room, wanted.campaign)
        if seen is not None:
            denied = self._deny(seen, wanted.drop, request.identity.user_id, now_ms)
            if denied is not None:
                return denied
        audience = None if seen is None else seen.audience
        who = None if audience is claims.EVERYBODY else find_claimant(room, request.identity, now_ms)
        context = Claim(wanted.drop, who, audience is None or audience.spent is not None)
        return _fact(CLAIM, room, wanted.campaign, request, now_ms, context)

    def _deny(self, seen: CampaignState, drop_id: str | None, user_id: str, now_ms: int) -> ClaimAck | None:
        # Taps come by the hundred in a millisecond, and what does not hang on who taps is the same for all of them.
        asked = (seen, drop_id, now_ms)
        if self._last_asked[0] is not seen or self._last_asked[1:] != asked[1:]:
            self._last_asked, self._last_closed = asked, _why_lasting(seen, drop_id, now_ms)
        closed = self._last_closed
        if closed is None or not self._holders.has_none(seen.id, seen.version, drop_id, user_id):
            return None
        return closed

    def _find(self, room: Room, campaign: str) -> CampaignState | None:
        """A campaign as the room sees it; read once for each version."""
        shown = room.snapshot.parts.get("campaigns", {}).get(campaign)
        if shown is None:
            return None
        known = self._seen.get((room.id, campaign))
        if known is None or known.version != shown["version"]:
            known = as_seen(room.id, CampaignView.model_validate_json(orjson.dumps(shown)))
            if known.audience == claims.EVERYBODY:
                known = replace(known, audience=claims.EVERYBODY)  # so that no claim has to compare it
            self._seen[(room.id, campaign)] = known
            while len(self._seen) > SEEN:
                self._seen.popitem(last=False)
        return known


def _why_lasting(seen: CampaignState, drop_id: str | None, now_ms: int) -> ClaimAck | None:
    """The answer to whoever has had nothing, where nothing can be claimed and that lasts; None: ask the ledger."""
    try:
        drop = claims.find_drop(seen, drop_id, now_ms)
    except Refusal:
        return None  # it may have been added a moment ago
    closed = claims.why_closed(seen, drop, now_ms)
    if closed is None and drop is not None and drop.exhausted:
        closed = ClaimAck(outcome=Outcome.SOLD_OUT)
    elif closed is None or closed.reason not in LASTING:
        return None
    if drop_id is None and closed.reason is not Closed.PAUSED and _has_granted_unseen(seen, now_ms):
        return None
    return closed


def _has_granted_unseen(seen: CampaignState, now_ms: int) -> bool:
    # A drop that began and was never empty leaves the document as it was, whatever it granted since then.
    return any(drop.starts_at_ms <= now_ms and not drop.exhausted for drop in seen.drops)


def change_campaign(room: Room, request: Request, now_ms: int) -> Fact:
    """`campaign.activate`, `.pause`, `.resume`, `.end`, `.add_drop`, `.edit`"""
    order = Order(_command(request.data), request.identity.user_id, request.declared.name)
    campaign = cast(messages.OfCampaign, request.data).campaign
    return _fact(CHANGE, room, campaign, request, now_ms, order)


def _fact(kind: str, room: Room, campaign: str, request: Request, now_ms: int, context: object) -> Fact:
    body = request.data.__pydantic_serializer__.to_json(request.data, exclude_none=True)
    if kind != request.declared.name:
        body = b'{"type":"%b","data":%b}' % (request.declared.name.encode(), body)
    return Fact(kind, room.id, scope_of(campaign), request.identity.user_id, request.key or "", body, now_ms, context)


def _command(data: Model) -> orders.Command:
    if isinstance(data, messages.AddDrop):
        return orders.AddDrop(data.in_s, data.lasts_s, data.stock, data.pot)
    if isinstance(data, messages.EditCampaign):
        return orders.Edit(
            name=data.name,
            value=data.value,
            per_user=data.per_user,
            per_drop=data.per_drop,
            audience=data.audience,
            valid_s=data.valid_s,
            ends_at_ms=data.ends_at,
            drops=tuple(DropEdit(each.id, each.starts_at, each.ends_at, each.stock, each.pot) for each in data.drops),
        )
    return PLAIN[type(data)]()


PLAIN: dict[type[Model], type[orders.Activate | orders.Pause | orders.Resume | orders.End]] = {
    messages.ActivateCampaign: orders.Activate,
    messages.PauseCampaign: orders.Pause,
    messages.ResumeCampaign: orders.Resume,
    messages.EndCampaign: orders.End,
}
COMMANDS = (
    "campaign.activate",
    "campaign.pause",
    "campaign.resume",
    "campaign.end",
    "campaign.add_drop",
    "campaign.edit",
)
