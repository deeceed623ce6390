"""The kinds of interaction that are measured, and what is measured of each.

A new kind is a row here, a user class in `users/`, and its numbers in `slo.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EACH: Final = "each"
"""From the intended act to every receipt."""
LAST: Final = "last"
"""From the intended act to the slowest receiver."""
HOST: Final = "host"
"""From the intended act to the receipt of a host."""
ACK: Final = "ack"
"""From the intended act to the answer to its sender."""
OWN: Final = "own"
"""From the intended act to what its sender is told apart from all others."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of interaction."""

    name: str
    series: tuple[str, ...]
    """What is measured of it."""
    says: str
    """The first and the last moment of its latency, for people."""
    many: str = ""
    """What its acts are called when they are counted."""
    by_total: bool = False
    """Whether viewers see it in a value that many acts raise."""


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("comment", (EACH, LAST, ACK), "comment sent → seen by a viewer"),
        Kind("question", (EACH, LAST, HOST, ACK), "question asked → seen by a viewer, by the host"),
        Kind("like", (EACH, LAST, ACK), "like sent → in the total a viewer sees", "likes", by_total=True),
        Kind("gift", (EACH, LAST, ACK), "gift sent → seen by a viewer", "gifts"),
        Kind("coupon", (ACK, EACH, LAST), "coupon tapped → off the stock a viewer sees", "coupons", by_total=True),
        Kind("repeat", (ACK,), "the same tap again → the first answer"),
        Kind("vote", (EACH, LAST, ACK), "vote given → in the count a viewer sees", "votes", by_total=True),
        Kind("battle", (EACH, LAST), "gift sent → in the score both rooms see", "battle points", by_total=True),
        Kind("seat", (OWN, HOST, EACH, LAST, ACK), "seat wanted → granted; at the host; seen by a viewer", "seats"),
        Kind("accept", (ACK,), "applicant accepted by the host → answered"),
        Kind("poll", (ACK,), "poll opened by the host → answered"),
        Kind("battle call", (ACK,), "battle offered or accepted by a host → answered"),
        Kind("leave", (ACK,), "guest gets up → answered"),
        Kind("join", (EACH,), "arrival → the room is there"),
        Kind("welcome", (EACH,), "arrival → greeted by name"),
        Kind("resume", (EACH,), "return after a cut → everything missed is there"),
    )
}

ACTS: Final = {
    "comment": "comment",
    "question": "question",
    "like": "like",
    "gift": "gift",
    "claim": "coupon",
    "vote": "vote",
    "seat": "seat",
    "arrival": "join",
    "return": "resume",
}
"""What a profile plans (`slo.toml`), and the kind whose sends are counted for it."""

STORM: Final = "storm"
"""What a profile may plan besides: everybody comes back, which counts as a return."""
