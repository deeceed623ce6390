"""A desk and visits without a server: a socket that says what a test wants, and a clock of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
from websockets.uri import parse_uri

from loadtests.line.meaning import Meanings
from loadtests.line.visit import Surroundings, Visit
from loadtests.plan.profiles import Profile, read_slo
from loadtests.record.ledger import Ledger, Window

S = 1_000_000_000
WINDOW = Window(10 * S, 20 * S)


def make_surroundings(ledger: Ledger) -> Surroundings:
    """Of a worker whose clock is that of the run."""
    return Surroundings(parse_uri("ws://127.0.0.1:1/ws"), ledger, Meanings(), 0, lambda *_: None)


def enter(visit: Visit, **answer: Any) -> None:
    """The server lets it in, or back in."""
    room = {"epoch": "e", "seq": 0, **answer}
    hear(visit, {"type": "connected", "user": {"id": "u"}, "rooms": {visit.room: room}})


def hear(visit: Visit, frame: dict[str, Any], at_ns: int = 0) -> None:
    """A frame reaches it."""
    visit._hear(orjson.dumps(frame), at_ns)


def make_desk(profile: Profile | None = None) -> Any:
    """What a user sees of its desk."""
    return SimpleNamespace(
        profile=profile or read_slo().find("smoke"),
        seed=1,
        start_ns=0,
        begun=None,
        before_count=[],
        ledger=Ledger(WINDOW, 1),
        now_ns=lambda: 0,
    )
