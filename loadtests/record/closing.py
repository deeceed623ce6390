"""What only the sum of all workers can tell: the slowest receiver of each message, and the likes."""

from __future__ import annotations

from loadtests.plan.kinds import EACH, LAST
from loadtests.record.ledger import Ledger
from loadtests.record.like_curve import trace_likes

_MS = 1_000_000


def close_books(ledger: Ledger) -> int:
    """Add the series `last` of comments and questions, and `each` and `last` of likes.

    Args:
        ledger: the sum of all workers.

    Returns:
        Batches of likes that nobody saw in a total.
    """
    unseen = 0
    for room in ledger.rooms.values():
        for message in room.messages.values():
            ledger.measure(message.stamp.kind, LAST, message.stamp.intended_ns, message.last_ns)
        for shown in trace_likes(room):
            if not shown.arrivals_ms:
                unseen += 1
                continue
            ledger.measure("like", LAST, shown.intended_ns, max(shown.arrivals_ms) * _MS)
            if shown.intended_ns in ledger.window:
                since_s = ledger.window.since_begin_s(shown.intended_ns)
                ledger.series.at("like", EACH, since_s).add_spread(shown.arrivals_ms, shown.intended_ns)
    return unseen
