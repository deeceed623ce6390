"""Limits for what answers in time, made long for tests that share the machine with others.

A server gives its database a few seconds. Where three processes of tests share two cores and a disk, one may be held up
for as long, and with a clock that only the test turns, what is put off then is never tried again. Tests of the limits
themselves set them after this.
"""

from __future__ import annotations

import sys

import pytest

PATIENCE_S = 120.0
LIMITS = {
    "liveroom.realtime.entrance": "STEP_S",
    "liveroom.rooms.actor": "STEP_S",
    "liveroom.rooms.areas": "FETCH_S",
    "liveroom.rooms.counters": "SUM_S",
    "liveroom.rooms.desk": "STEP_S",
    "liveroom.rooms.following": "LOAD_S",
    "liveroom.rooms.machines.changes": "TELL_S",
    "liveroom.rooms.machines.keeper": "SEND_S",
    "liveroom.rooms.media.teller": "SEND_S",
    "liveroom.rooms.moderation.held_machine": "HOLD_S",
    "liveroom.rooms.open_rooms": "BANS_S",
    "liveroom.rooms.pipeline": "STEP_S",
    "liveroom.rooms.service": "CALL_TIMEOUT_S",
    "liveroom.rooms.slow_mode": "STEP_S",
    "liveroom.rooms.stage.ending": "DONE_S",
    "liveroom.rooms.storage.engines": "CONNECT_S",
    "liveroom.rooms.storage.relay": "SEND_S",
    "liveroom.rooms.value.battles.search": "TELL_S",
    "liveroom.rooms.value.gifts.board": "TELL_S",
    "liveroom.rooms.value.gifts.thanking": "SEND_S",
    "liveroom.rooms.visit_writer": "WRITE_S",
    "liveroom.rooms.webhooks.hook_calls": "CONNECT_S",
    "liveroom.rooms.webhooks.post": "CONNECT_S",
    "liveroom.server.auth.jwks": "FETCH_TIMEOUT_S",
    "liveroom.server.database_probe": "ANSWER_S",
}
DATABASE = "liveroom.rooms.storage.database"
ENGINES = "liveroom.rooms.storage.engines"


def give_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengthen the limits of what this process has loaded."""
    for name, limit in LIMITS.items():
        if module := sys.modules.get(name):
            monkeypatch.setattr(module, limit, PATIENCE_S)
    if engines := sys.modules.get(ENGINES):
        for limit in ("LOCK_WAIT_MS", "STATEMENT_MS"):
            monkeypatch.setattr(engines, limit, round(PATIENCE_S * 1000))
    if database := sys.modules.get(DATABASE):
        monkeypatch.setitem(database.Database.__init__.__kwdefaults__, "timeout_s", PATIENCE_S)
