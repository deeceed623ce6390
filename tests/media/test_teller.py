"""News of audio and video go out, whatever the backplane meets."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from liveroom.rooms.media import teller as module
from liveroom.rooms.media.teller import Teller
from liveroom.rooms.messages.media import MediaState, MyMedia
from tests.support.clock import FakeClock


class Backplane:
    """Fails a few times, in a way that nobody foresaw."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.sent: list[bytes] = []

    async def send_private(self, room: str, target: Any, payload: bytes) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("nobody foresaw this")
        self.sent.append(payload)


async def test_a_fault_that_nobody_foresaw_is_logged_and_what_was_to_be_told_is_told_after_a_pause(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    backplane = Backplane(fails=2)
    teller = Teller(backplane, clock)  # type: ignore[arg-type] # as far as it is used
    with caplog.at_level(logging.ERROR):
        teller.push(("r", "ann"), MyMedia(state=MediaState.CONNECTED))
        await teller.settle()
    assert len(backplane.sent) == 1
    assert [record.message for record in caplog.records].count(
        "news of audio and video could not be told; they are told again"
    ) == 2
