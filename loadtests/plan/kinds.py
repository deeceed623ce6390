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


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of interaction."""

    name: str
    series: tuple[str, ...]
    """What is measured of it."""
    says: str
    """The first and the last moment of its latency, for people."""


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("comment", (EACH, LAST, ACK), "comment sent → seen by a viewer"),
        Kind("question", (EACH, LAST, HOST, ACK), "question asked → seen by a viewer, by the host"),
        Kind("like", (EACH, LAST, ACK), "like sent → in the total a viewer sees"),
        Kind("join", (EACH,), "arrival → the room is there"),
        Kind("welcome", (EACH,), "arrival → greeted by name"),
        Kind("resume", (EACH,), "return after a cut → everything missed is there"),
    )
}

ACTS: Final = {
    "comment": "comment",
    "question": "question",
    "like": "like",
    "arrival": "join",
    "return": "resume",
}
"""What a profile plans (`slo.toml`), and the kind whose sends are counted for it."""
