"""What can be said in a room: one module per interaction, each declaring its commands and events.

Importing this package fills the catalogue of `liveroom.realtime` with everything rooms speak.
"""

from __future__ import annotations

from liveroom.rooms.messages import (
    audience,
    battle,
    campaign,
    club,
    comment,
    coupon,
    favour,
    gift,
    level,
    like,
    lottery,
    media,
    moderation,
    money,
    order,
    people,
    poll,
    reading,
    review,
    room,
    shelf,
    stage,
    stage_view,
    talk,
    welcome,
    words,
)

__all__ = [
    "audience",
    "battle",
    "campaign",
    "club",
    "comment",
    "coupon",
    "favour",
    "gift",
    "level",
    "like",
    "lottery",
    "media",
    "moderation",
    "money",
    "order",
    "people",
    "poll",
    "reading",
    "review",
    "room",
    "shelf",
    "stage",
    "stage_view",
    "talk",
    "welcome",
    "words",
]
