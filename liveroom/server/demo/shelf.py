"""What the demo room has: a small catalogue of gifts, a coupon for everybody and a red-packet rain.

Promise: whoever comes, also after hours, finds a coupon to take and sees a rain within `RAIN_EVERY_MS`; a demo that
keeps its data finds its own again. Gifts cost nothing here, coupons buy nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveroom.rooms.messages.campaign import Audience, CampaignStatus, FixedValue, RandomValue
from liveroom.rooms.messages.gift import Gift, GiftEffect, GiftNames
from liveroom.rooms.rules.campaign_state import DRAFT, CampaignState
from liveroom.rooms.rules.drops import Drop

HOUR_MS = 3_600_000
LASTS_MS = 12 * HOUR_MS
"""Longest time until there is another coupon for everybody; there is one as soon as none is left."""
RAIN_IN_MS = 45_000
RAIN_LASTS_MS = 60_000
RAIN_EVERY_MS = 300_000
VALID_S = 7 * 86_400

GIFTS: tuple[Gift, ...] = (
    Gift(id="rose", names=GiftNames(zh="玫瑰", en="Rose"), price=1, icon="🌹"),
    Gift(id="clap", names=GiftNames(zh="鼓掌", en="Applause"), price=2, icon="👏"),
    Gift(id="tea", names=GiftNames(zh="奶茶", en="Bubble tea"), price=9, icon="🧋"),
    Gift(id="bear", names=GiftNames(zh="小熊", en="Teddy"), price=30, icon="🧸"),
    Gift(id="cake", names=GiftNames(zh="蛋糕", en="Cake"), price=66, effect=GiftEffect.BANNER, icon="🎂"),
    Gift(id="firework", names=GiftNames(zh="烟花", en="Fireworks"), price=188, effect=GiftEffect.BANNER, icon="🎆"),
    Gift(id="rocket", names=GiftNames(zh="火箭", en="Rocket"), price=520, effect=GiftEffect.FULL, icon="🚀"),
    Gift(id="castle", names=GiftNames(zh="城堡", en="Castle"), price=1314, effect=GiftEffect.FULL, icon="🏰"),
)
NAMES = {
    "zh": {"hello": "见面券", "rain": "晚风红包雨"},
    "en": {"hello": "Hello coupon", "rain": "Weekend rain"},
}


def make_missing(room: str, lang: str, shown: Mapping[str, Mapping[str, Any]], now_ms: int) -> Sequence[CampaignState]:
    """The campaigns that whoever comes now would miss; the host can launch more.

    Args:
        shown: the campaigns that the room sees, by id.
    """
    is_left = any(
        campaign["status"] != CampaignStatus.EXHAUSTED
        for id_, campaign in shown.items()
        if id_.startswith(f"{room}_hello")
    )
    drafts = [] if is_left else [_make_hello(room, lang, now_ms)]
    if not any(id_.startswith(f"{room}_rain") for id_ in shown):
        drafts.append(_make_rain(room, lang, now_ms))
    return drafts


def _make_hello(room: str, lang: str, now_ms: int) -> CampaignState:
    """A coupon that everybody can take at once."""
    coupons = Drop("d1", now_ms, now_ms + LASTS_MS, stock=200)
    return _draft("hello", room, lang, now_ms, FixedValue(kind="fixed", amount=500), 1, coupons, LASTS_MS)


def _make_rain(room: str, lang: str, now_ms: int) -> CampaignState:
    """A rain that begins soon; it stays until it is time for the next one."""
    begins_ms = now_ms + RAIN_IN_MS
    packets = Drop("d1", begins_ms, begins_ms + RAIN_LASTS_MS, stock=12, pot=6_000)
    return _draft("rain", room, lang, now_ms, RandomValue(kind="random", min=10, max=2_000), 20, packets, RAIN_EVERY_MS)


def _draft(
    kind: str,
    room: str,
    lang: str,
    now_ms: int,
    value: FixedValue | RandomValue,
    per_user: int,
    drop: Drop,
    lasts_ms: int,
) -> CampaignState:
    return CampaignState(
        id=f"{room}_{kind}_{now_ms // 1000}",
        room=room,
        name=NAMES[lang][kind],
        currency="CNY",
        status=DRAFT,
        value=value,
        per_user=per_user,
        per_drop=1,
        audience=Audience(),
        valid_s=VALID_S,
        ends_at_ms=now_ms + lasts_ms,
        drops=(drop,),
        seed="",
        created_at_ms=now_ms,
    )
