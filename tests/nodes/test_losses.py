"""A node dies, or the Valkey between them: people go on, and nobody misses anything without a word."""

from __future__ import annotations

import time
from contextlib import ExitStack

from tests.nodes.conftest import Deployment
from tests.nodes.watching import Person, enter

ROOM = "lossy"
SLACK_S = 0.35
"""For a machine that has other things to do."""


def test_who_was_on_a_node_that_died_goes_on_at_the_other(mortal: Deployment) -> None:
    """kill -9; the position from there counts here."""
    mortal.a.create_room(ROOM, comments_per_s=0)
    with ExitStack() as stack:
        ann, ben = stack.enter_context(enter(mortal.a, "ann", ROOM)), stack.enter_context(enter(mortal.b, "ben", ROOM))
        ben.comment("before")
        position = {"epoch": ann.connected["epoch"], "seq": ann.hear_text("before")}
        mortal.a.kill()
        ben.comment("meanwhile")
        entered = stack.enter_context(Person(mortal.b, "ann", ROOM)).enter(position)
        assert entered["recovered"]
        assert "meanwhile" in [event["data"].get("text") for event in entered["events"]]


def test_without_the_valkey_commands_are_refused_in_time_and_soon_after_it_is_back_all_is_well(
    mortal: Deployment,
) -> None:
    """Its data is gone: everybody is told to resync, and hears what is said from then on."""
    mortal.a.create_room(ROOM, comments_per_s=0)
    with ExitStack() as stack:
        ann, ben = stack.enter_context(enter(mortal.a, "ann", ROOM)), stack.enter_context(enter(mortal.b, "ben", ROOM))
        ann.comment("before")
        ben.hear_text("before")
        mortal.valkey.kill()
        started = time.monotonic()
        error = ann.do("comment.send", key="k", text="nobody hears")["error"]
        assert time.monotonic() - started < 0.5 + SLACK_S
        assert (error["code"], error["retryable"]) == ("unavailable", True)
        mortal.valkey.start()
        started = time.monotonic()
        for each in (ann, ben):
            assert each.hear("resync")["reason"] == "epoch"
        assert time.monotonic() - started < 2 + SLACK_S
        for each in (ann, ben):
            assert each.do("room.join")["data"]["epoch"] != each.connected["epoch"]
        ben.comment("together again")
        ann.hear_text("together again")
