"""Rooms, people and scenes as tests need them, and how thoroughly machines are explored."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.people import Author, Person
from liveroom.rooms.messages.room import RoomSettings, RoomStatus
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.scene import Scene
from liveroom.rooms.scene_files import parse_scene

NOW = 1_790_000_000_000
"""2026-09-21 14:13:20 UTC, 22:13 in the room's own time."""

DAY_MS = 86_400_000
HOST = Person(id="host", name="阿木")

MACHINE = settings(
    max_examples=500 if os.environ.get("FUZZ") else 150,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""How many histories of a machine are tried: the same ones in every run, so `make fuzz` is where more of them count."""

SMALL_SCENE = """
name = "small"
title = { zh = "小", en = "Small" }

[[welcome]]
name = "birthday"
when = ["birthday"]
text = { zh = ["生日 {name}"], en = ["birthday {name}"] }

[[welcome]]
name = "member"
when = ["member"]
text = { zh = ["{community} {name}"], en = ["{community} {name}"] }

[[welcome]]
name = "away"
when = ["returning"]
min_days = 3
text = { zh = ["{days} {name}"], en = ["{days} {name}"] }

[[welcome]]
name = "level"
min_level = 10
text = { zh = ["{level} {name}"], en = ["{level} {name}"] }

[[welcome]]
name = "default"
text = { zh = ["一 {name}", "二 {name}", "三 {name}"], en = ["one {name}", "two {name}", "three {name}"] }

[[cue]]
name = "light"
min_level = 10
weight = 40
text = { zh = ["轻 {name}"], en = ["light {name}"] }

[[cue]]
name = "heavy"
when = ["bought"]
weight = 90
text = { zh = ["重 {name}"], en = ["heavy {name}"] }

[card]
delay_ms = 1000
steps = [
    { kind = "benefit", text.zh = { title = "甲", body = "甲" }, text.en = { title = "A", body = "a" } },
    { kind = "game", text.zh = { title = "乙", body = "乙" }, text.en = { title = "B", body = "b", action = "Go" } },
    { kind = "preview", text.zh = { title = "丙", body = "丙" }, text.en = { title = "C", body = "c" } },
]
"""


def small_scene() -> Scene:
    """A scene whose words show which rule and language were used."""
    return parse_scene("small.toml", SMALL_SCENE)


def make_room(status: RoomStatus = RoomStatus.CREATED, settings: RoomSettings | None = None) -> RoomState:
    """A room in the given status, brought there by commands."""
    room = lifecycle.create("demo", "晚上好", "small", HOST, settings or RoomSettings(), NOW)
    steps: dict[RoomStatus, tuple[lifecycle.Command, ...]] = {
        RoomStatus.CREATED: (),
        RoomStatus.OPEN: (lifecycle.Open(),),
        RoomStatus.LIVE: (lifecycle.GoLive("s_1"),),
        RoomStatus.ENDED: (lifecycle.GoLive("s_1"), lifecycle.End()),
    }
    for command in steps[status]:
        room, _ = lifecycle.apply(room, command, NOW)
    return room


def make_author(user_id: str = "u1", role: Role = Role.VIEWER, level: int = 0) -> Author:
    """Somebody who writes."""
    return Author(id=user_id, name="小雨", role=role, level=level)


def make_identity(role: Role = Role.VIEWER, name: str = "小雨", **traits: object) -> Identity:
    """Somebody as the token tells; hosts and moderators are so in the room `demo`."""
    return Identity(
        user_id="u1",
        name=name,
        role=role,
        expires_at_ms=NOW + DAY_MS,
        guest=role is Role.GUEST,
        rooms=frozenset({"demo"}) if role in (Role.HOST, Role.MODERATOR) else None,
        traits=traits,
    )
