"""Pauses between tries: bounded, drawn, and polite."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.webhook_events import EVENT_BYTES, WEBHOOK_EVENTS, webhook_message
from liveroom.rooms.webhooks.attempts import Outcome
from liveroom.rooms.webhooks.post import read_retry_after
from liveroom.rooms.webhooks.schedule import RETRY_AFTER_MOST_MS, Schedule

NOW_MS = 1_790_000_000_000
PAUSES_S = (5, 30, 120)


@given(attempts=st.integers(1, 9), chance=st.floats(0, 1), wish=st.none() | st.integers(-(10**12), 10**12))
def test_a_pause_is_between_nothing_and_its_bound_or_what_was_asked_for(
    attempts: int, chance: float, wish: int | None
) -> None:
    pause_ms = Schedule(PAUSES_S, lambda: chance).find_pause_ms(attempts, wish)
    if attempts > len(PAUSES_S):
        assert pause_ms is None
        return
    assert pause_ms is not None
    asked_ms = min(max(0, wish or 0), RETRY_AFTER_MOST_MS)
    assert asked_ms <= pause_ms <= max(asked_ms, PAUSES_S[attempts - 1] * 1000)


@pytest.mark.parametrize(
    ("value", "pause_ms"),
    [
        ("120", 120_000),
        (" 0 ", 0),
        (format_datetime(datetime.fromtimestamp(NOW_MS / 1000 + 90, UTC), usegmt=True), 90_000),
        (format_datetime(datetime.fromtimestamp(NOW_MS / 1000 - 90, UTC), usegmt=True), 0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 5_000, None),
    ],
)
def test_both_forms_of_retry_after_are_read(value: str, pause_ms: int | None) -> None:
    assert read_retry_after(value, NOW_MS) == pause_ms


@given(st.text(max_size=80))
def test_any_retry_after_is_read_or_left(value: str) -> None:
    pause_ms = read_retry_after(value, NOW_MS)
    assert pause_ms is None or pause_ms >= 0


def test_the_page_about_webhooks_names_every_event_and_outcome() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text("utf-8")
    for type_, meaning in WEBHOOK_EVENTS.items():
        assert f"| `{type_}` | {meaning} | " in page
    for outcome in Outcome:
        assert f"| `{outcome.value}` | " in page


def test_an_event_that_nobody_could_ask_for_is_a_fault() -> None:
    with pytest.raises(ValueError, match="WEBHOOK_EVENTS"):
        webhook_message("r1", "coupon.eaten", {})
    with pytest.raises(ValueError, match="bytes"):
        webhook_message("r1", "coupon.granted", {"text": "x" * EVENT_BYTES})
