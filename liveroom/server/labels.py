"""The values that metric labels may take.

Promise: a label grows only when this list does; everything else is counted as "other".
"""

from __future__ import annotations

from liveroom.realtime.codes import CloseCode, ErrorCode
from liveroom.realtime.member import Pace
from liveroom.rooms.messages.coupon import Outcome as ClaimOutcome
from liveroom.rooms.messages.gift import GiftOutcome
from liveroom.rooms.rules.charges import Word
from liveroom.rooms.webhooks.attempts import Outcome

CLIENTS = frozenset({"liveroom-js", "liveroom-python", "liveroom-bench"})
"""Names that clients give themselves in `connect`."""

FRAMES = frozenset(
    {
        "connected",
        "ack",
        "error",
        "events",
        "latest",
        "private",
        "resync",
        "left",
        "ping",
        "pong",
        "reconnect",
        "disconnect",
        "close",
    }
)
"""Types of frames from the server (docs/protocol.md)."""

REFUSALS = frozenset({"path", "origin", "subprotocol", "malformed", "draining", "full", "address", "rate", "header"})
"""Why a request was answered in HTTP before the upgrade."""

RUNGS = frozenset({*(pace.value for pace in Pace), "closed"})
"""The slow-consumer ladder."""

STEPS = ("decode", "queue", "rule", "commit", "backplane", "tick", "socket")
"""On the way of a message: read, waiting for its room, ruled on, written to the database, numbered and shared,
waiting for the flush, written to everybody."""

OUTCOMES = frozenset({"recovered", "snapshot", "epoch"})
"""How a join with a position was answered."""

WEBHOOK_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
"""How a try to deliver a webhook ended."""

CLAIM_OUTCOMES = frozenset(outcome.value for outcome in ClaimOutcome)
"""What became of a claim of a coupon."""

GIFT_OUTCOMES = frozenset(outcome.value for outcome in GiftOutcome)
"""What became of a gift."""

BILLING_CALLS = frozenset({"charge", "void"})
"""What the app's billing is asked."""

BILLING_WORDS = frozenset(word.value for word in Word)
"""What it said, or that it did not."""

CLOSE_CODES = frozenset(str(int(code)) for code in CloseCode) | frozenset(
    str(code) for code in (1000, 1001, 1002, 1003, 1006, 1007, 1008, 1009, 1011, 1012, 1013)
)
"""Our own close codes and those of RFC 6455 that happen in practice."""

ERROR_CODES = frozenset(code.value for code in ErrorCode)
"""Error codes of the wire."""
