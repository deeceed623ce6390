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
    known = viewer.traits if viewer is not None else traits.read(identity, room.id, room.standing_of(user_id))
    minutes = visits.stay_ms(viewer.visit, now_ms) // MINUTE_MS if viewer is not None else 0
    return Claimant(user_id, known.level, known.followed, known.member, minutes, fan=known.club is not None)
