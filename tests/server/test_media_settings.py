"""What carries audio and video follows from the settings, and what cannot work is said before a start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.shared.engine import SharedEngine
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.media_engine import make_engine
from liveroom.server.settings import load_settings

LIVEKIT: dict[str, Any] = {
    "livekit_url": "https://livekit.example.com", "livekit_key": "key", "livekit_secret": "s" * 32,
}  # fmt: skip
REDIS = {"redis_url": "redis://127.0.0.1"}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "sfu"),
        (REDIS, None),
        (REDIS | {"media_engine": "sfu"}, "sfu"),
        (LIVEKIT, "livekit"),
        (REDIS | LIVEKIT, "livekit"),
        (LIVEKIT | {"media_engine": "sfu"}, "sfu"),
        (LIVEKIT | {"media_engine": "off"}, None),
    ],
)
def test_the_engine_follows_from_the_settings(settings: dict[str, Any], name: str | None) -> None:
    engine = make_engine(load_settings(**settings), LoopClock())
    assert (engine.name if engine is not None else None) == name


@pytest.mark.parametrize(
    ("settings", "at_fault"),
    [
        ({"media_engine": "livekit"}, "LIVEROOM_LIVEKIT_URL"),
        (LIVEKIT | {"livekit_secret": None}, "LIVEROOM_LIVEKIT_SECRET"),
        (LIVEKIT | {"livekit_key": None}, "LIVEROOM_LIVEKIT_SECRET"),
        (LIVEKIT | {"livekit_secret": "short"}, "LIVEROOM_LIVEKIT_SECRET"),
        (LIVEKIT | {"livekit_url": "livekit.example.com"}, "LIVEROOM_LIVEKIT_URL"),
        ({"turn_urls": "turn:127.0.0.1"}, "LIVEROOM_TURN_SECRET"),
    ],
)
def test_what_could_not_work_does_not_start(settings: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(ConfigurationRefused, match=at_fault):
        load_settings(**settings)


def test_workers_of_one_supervisor_ask_the_engine_that_they_share(tmp_path: Path) -> None:
    engine = make_engine(load_settings(**REDIS, media_socket=tmp_path / "media"), LoopClock())
    assert isinstance(engine, SharedEngine)
