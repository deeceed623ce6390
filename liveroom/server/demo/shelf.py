"""What the demo room has: a small catalogue of gifts, a coupon for everybody and a red-packet rain.

Promise: made once; a demo that keeps its data finds its own again. Gifts cost nothing here, coupons buy nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveroom.rooms.messages.campaign import Audience, FixedValue, RandomValue
from liveroom.rooms.messages.gift import Gift, GiftEffect, GiftNames
from liveroom.rooms.rules.campaign_state import DRAFT, CampaignState
from liveroom.rooms.rules.drops import Drop

HOUR_MS = 3_600_000
LASTS_MS = 12 * HOUR_MS
"""As long as the campaigns of a demo run."""
RAIN_IN_MS = 45_000
RAIN_LASTS_MS = 60_000
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


def make_campaigns(room: str, lang: str, now_ms: int) -> Sequence[CampaignState]:
    """A coupon that everybody can take at once, and a rain that begins soon; the host can launch more of both."""
    coupons = Drop("d1", now_ms, now_ms + LASTS_MS, stock=200)
    rain_ms = now_ms + RAIN_IN_MS
    packets = Drop("d1", rain_ms, rain_ms + RAIN_LASTS_MS, stock=12, pot=6_000)
    return (
        _draft("hello", room, lang, now_ms, FixedValue(kind="fixed", amount=500), 1, coupons),
        _draft("rain", room, lang, now_ms, RandomValue(kind="random", min=10, max=2_000), 20, packets),
    )


def _draft(
    id_: str, room: str, lang: str, now_ms: int, value: FixedValue | RandomValue, per_user: int, drop: Drop
) -> CampaignState:
    return CampaignState(
        id=f"{room}_{id_}",
        room=room,
        name=NAMES[lang][id_],
        currency="CNY",
        status=DRAFT,
        value=value,
        per_user=per_user,
        per_drop=1,
        audience=Audience(),
        valid_s=VALID_S,
        ends_at_ms=now_ms + LASTS_MS,
        drops=(drop,),
        seed="",
        created_at_ms=now_ms,
    )
