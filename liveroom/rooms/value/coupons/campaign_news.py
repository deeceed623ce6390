"""What is told of a campaign: to the room, to the app's servers, and what is left.

Promise: pure; every message goes into the outbox with the change it tells of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.wire import encode_event
from liveroom.rooms.boards import Entries, total_message
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.messages.campaign import CampaignChanged, Change, CouponStock, DropAnnounced
from liveroom.rooms.rules import drops
from liveroom.rooms.rules.campaign_state import EXHAUSTED, SHOWN, CampaignState
from liveroom.rooms.rules.drops import NOTHING, DropTally
from liveroom.rooms.rules.grants import GrantState
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.webhook_events import webhook_message

STOCK = catalogue.kinds_by_model[CouponStock].kind
FIELD = "campaigns"
GRANTS_TOLD = 200
"""In one webhook event: some 40 KB."""


def tell_change(before: CampaignState, after: CampaignState, change: Change, now_ms: int) -> list[Message]:
    """A campaign is another now; a draft is nobody's business."""
    if before.status not in SHOWN and after.status not in SHOWN:
        return []
    events: list[Model] = [CampaignChanged(change=change, campaign=after.view())]
    known = {drop.id: drop.starts_at_ms for drop in before.drops} if before.status in SHOWN else {}
    for drop in after.drops if after.status in SHOWN else ():
        if drop.ends_at_ms > now_ms and known.get(drop.id) != drop.starts_at_ms:
            events.append(DropAnnounced(campaign=after.id, name=after.name, drop=drop.view()))
    messages = [room_message(after.room, [_encode(event, now_ms) for event in events])]
    if after.status is EXHAUSTED and before.status is not EXHAUSTED:
        messages.append(webhook_message(after.room, "campaign.exhausted", {"campaign": after.id, "name": after.name}))
    return messages


def stock_entry(state: CampaignState, tallies: Mapping[str, DropTally]) -> Entries:
    """What is left of a campaign, for the board; of one that is not shown only that it has changed."""
    moves = state.version + sum(tally.granted + tally.returned for tally in tallies.values())
    if state.status not in SHOWN:
        return {state.id: {"n": moves}}
    left = {drop.id: drops.left(drop, tallies.get(drop.id, NOTHING)) for drop in state.drops}
    return {state.id: {"left": left, "n": moves}}


def tell_stock(state: CampaignState, tallies: Mapping[str, DropTally]) -> Message:
    """What is left of a campaign."""
    return total_message(state.room, STOCK, FIELD, stock_entry(state, tallies))


def tell_granted(state: CampaignState, grants: Sequence[GrantState]) -> list[Message]:
    """Coupons were granted, to the app's servers."""
    return [
        webhook_message(
            state.room,
            "coupon.granted",
            {
                "campaign": state.id,
                "currency": state.currency,
                "grants": [
                    {"id": each.id, "user_id": each.user_id, "amount": each.amount, "expires_at": each.expires_at_ms}
                    for each in grants[at : at + GRANTS_TOLD]
                ],
            },
        )
        for at in range(0, len(grants), GRANTS_TOLD)
    ]


def tell_redeemed(grant: GrantState) -> Message:
    """A coupon was used, to the app's servers."""
    told = {
        "campaign": grant.campaign,
        "currency": grant.currency,
        "id": grant.id,
        "user_id": grant.user_id,
        "amount": grant.amount,
        "order": grant.order,
    }
    return webhook_message(grant.room, "coupon.redeemed", told)


def _encode(event: Model, now_ms: int) -> Event:
    declared = catalogue.kinds_by_model[type(event)]
    return Event(declared.kind, encode_event(declared.kind, now_ms, event), declared.vital)
