"""Who asks for something that is for some alone (a coupon, a vote, an entry), as the audience rule sees them."""

from __future__ import annotations

from liveroom.realtime.identity import Identity
from liveroom.rooms.room import Room
from liveroom.rooms.rules import traits, visits
from liveroom.rooms.rules.claims import Claimant

MINUTE_MS = 60_000


def find_claimant(room: Room, identity: Identity, now_ms: int) -> Claimant:
    """Somebody as this node knows them; what they have spent is looked up by the decider, where it is asked for."""
    user_id = identity.user_id
    viewer = room.attendance.viewers.get(user_id)
    if viewer is None:
        known = traits.read(identity, room.id)
        return Claimant(user_id, known.level, known.followed, known.member)
    minutes = visits.stay_ms(viewer.visit, now_ms) // MINUTE_MS
    return Claimant(user_id, viewer.traits.level, viewer.traits.followed, viewer.traits.member, minutes)
