"""Whoever opens the page of the demo, at whatever time, finds a coupon to take and a rain within five minutes."""

from __future__ import annotations

from typing import Any

import orjson

from liveroom.realtime.wire import encode_value
from liveroom.rooms.rules import campaign
from liveroom.rooms.rules.campaign_state import ACTIVE, SHOWN, Activate, CampaignState, Elapse
from liveroom.server.demo.shelf import HOUR_MS, RAIN_EVERY_MS, make_missing
from tests.support.clock import START_MS

LOOK_MS = 5_000


class Day:
    """A room whose host looks after its campaigns."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.campaigns: dict[str, CampaignState] = {}
        self.made = 0

    @property
    def shown(self) -> dict[str, dict[str, Any]]:
        """As the snapshot of the room has them."""
        return {id_: orjson.loads(encode_value(each.view())) for id_, each in self.campaigns.items()}

    def look(self) -> None:
        """Time has passed: what is over ends, and what is missing is made and started."""
        for id_, each in list(self.campaigns.items()):
            if each.due_at_ms is not None and each.due_at_ms <= self.now_ms:
                self.campaigns[id_], _ = campaign.apply(each, Elapse(), {}, self.now_ms)
        self.campaigns = {id_: each for id_, each in self.campaigns.items() if each.status in SHOWN}
        for draft in make_missing("demo", "en", self.shown, self.now_ms):
            created = campaign.create(draft, self.now_ms)
            self.campaigns[draft.id], _ = campaign.apply(created, Activate(), {}, self.now_ms)
            self.made += 1


def test_at_any_time_of_a_day_there_is_a_coupon_and_soon_a_rain() -> None:
    day = Day()
    while day.now_ms < START_MS + 26 * HOUR_MS:
        day.look()
        drops = [(id_, drop) for id_, each in day.campaigns.items() if each.status is ACTIVE for drop in each.drops]
        assert [id_ for id_, drop in drops if "hello" in id_ and drop.starts_at_ms <= day.now_ms < drop.ends_at_ms]
        [rain_ms] = [drop.starts_at_ms for id_, drop in drops if "rain" in id_]
        assert abs(rain_ms - day.now_ms) <= RAIN_EVERY_MS
        assert len(day.campaigns) == 2
        day.now_ms += LOOK_MS
    assert day.made <= 26 * HOUR_MS // RAIN_EVERY_MS + 4


def test_a_coupon_that_is_gone_is_followed_by_another_and_what_an_earlier_demo_left_is_kept() -> None:
    day = Day()
    day.look()
    assert make_missing("demo", "zh", day.shown, day.now_ms) == []
    gone = day.shown
    [hello] = [id_ for id_ in gone if "hello" in id_]
    gone[hello]["status"] = "exhausted"
    [another] = make_missing("demo", "zh", gone, day.now_ms + 1_000)
    assert another.id.startswith("demo_hello")
    assert another.id != hello
