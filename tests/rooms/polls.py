"""Polls as tests need them."""

from __future__ import annotations

from typing import Any

from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.messages.poll import PollKind, PollStatus
from liveroom.rooms.rules import poll
from liveroom.rooms.rules.poll_state import PollState
from tests.rooms.builders import NOW

MINUTE_MS = 60_000
RESULT_MS = 120_000


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
