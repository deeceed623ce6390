"""Polls, lotteries and topics as tests need them."""

from __future__ import annotations

from typing import Any

from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.messages.lottery import ByTap, LotteryStatus, Prize
from liveroom.rooms.messages.poll import PollKind, PollStatus
from liveroom.rooms.messages.topic import Opinion, TopicStatus
from liveroom.rooms.rules import lottery, poll, topic
from liveroom.rooms.rules.lottery_state import LotteryState
from liveroom.rooms.rules.poll_state import PollState
from liveroom.rooms.rules.topic_state import TopicState
from tests.rooms.builders import NOW

MINUTE_MS = 60_000
RESULT_MS = 120_000
SUSPENSE_MS = 3_000


def make_poll(**changes: Any) -> PollState:
    """An open poll of three choices that ends in a minute; `changes` of its fields."""
    fields: dict[str, Any] = {
        "id": "p_0000000000000001",
        "room": "demo",
        "by": "host",
        "kind": PollKind.POLL,
        "status": PollStatus.OPEN,
        "question": "红色还是蓝色？",
        "choices": ("红色", "蓝色", "都要"),
        "picks": 1,
        "secret": False,
        "audience": Audience(),
        "right": None,
        "opened_at_ms": NOW,
        "ends_at_ms": NOW + MINUTE_MS,
        "result_ms": RESULT_MS,
    }
    return poll.create(PollState(**fields | changes))


def make_topic(**changes: Any) -> TopicState:
    """An open topic with two opinions that ends in a minute; `changes` of its fields."""
    fields: dict[str, Any] = {
        "id": "t_0000000000000001",
        "room": "demo",
        "by": "host",
        "status": TopicStatus.OPEN,
        "text": "你们觉得这款怎么样？",
        "opinions": (Opinion(text="喜欢", words=("好看", "想要")), Opinion(text="一般", words=("不好看",))),
        "opened_at_ms": NOW,
        "ends_at_ms": NOW + MINUTE_MS,
        "result_ms": RESULT_MS,
    }
    return topic.create(TopicState(**fields | changes))


def make_lottery(**changes: Any) -> LotteryState:
    """An open lottery of three prizes that ends in a minute; `changes` of its fields."""
    fields: dict[str, Any] = {
        "id": "l_0000000000000001",
        "room": "demo",
        "by": "host",
        "status": LotteryStatus.OPEN,
        "title": "今晚抽奖",
        "prizes": (Prize(name="大奖"), Prize(name="小奖", count=2)),
        "way": ByTap(how="tap"),
        "audience": Audience(),
        "seed": "5e" * 32,
        "secret": "0a" * 16,
        "commitment": "",
        "opened_at_ms": NOW,
        "ends_at_ms": NOW + MINUTE_MS,
        "suspense_ms": SUSPENSE_MS,
        "result_ms": RESULT_MS,
    }
    return lottery.create(LotteryState(**fields | changes))
