"""Checks what viewers were told against what a room promises (docs/promises.md: order, resume, once, ack).

Pure: it gets what each viewer wrote down and finds what must not be. A viewer that was told to begin anew (a snapshot,
another epoch) has no gap: it knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Began(NamedTuple):
    """The viewer was given a snapshot: what it hears next follows this position."""

    epoch: str
    seq: int


class Resumed(NamedTuple):
    """The viewer was given what it had missed, up to here; that is written down after this."""

    epoch: str
    seq: int
    missed: int


class Heard(NamedTuple):
    """One event."""

    epoch: str
    seq: int
    text: str


Entry = Began | Resumed | Heard


@dataclass(slots=True)
class Findings:
    """The result; all but `receipts`, `begun` and `resumed` must be 0."""

    receipts: int = 0
    begun: int = 0
    resumed: int = 0
    reordered: int = 0
    doubled: int = 0
    silent_gaps: int = 0
    disagreements: int = 0
    said_twice: int = 0
    lost: int = 0

    @property
    def are_clean(self) -> bool:
        """Nothing happened that must not."""
        wrong = (self.reordered, self.doubled, self.silent_gaps, self.disagreements, self.said_twice, self.lost)
        return not any(wrong)


def check(histories: Iterable[Sequence[Entry]], acknowledged: Collection[str]) -> Findings:
    """Look through the histories of all viewers.

    Args:
        acknowledged: texts of comments that were answered with an ack.
    """
    findings = Findings()
    said: dict[tuple[str, int], str] = {}
    for history in histories:
        _follow(history, findings, said)
    places: dict[str, int] = {}
    for text in said.values():
        if text:
            places[text] = places.get(text, 0) + 1
    findings.said_twice = sum(count - 1 for count in places.values())
    findings.lost = sum(text not in places for text in acknowledged)
    return findings


def _follow(history: Sequence[Entry], findings: Findings, said: dict[tuple[str, int], str]) -> None:
    epoch, seq = "", 0
    for entry in history:
        if isinstance(entry, Began):
            findings.begun += 1
            epoch, seq = entry.epoch, entry.seq
        elif isinstance(entry, Resumed):
            findings.resumed += 1
            findings.silent_gaps += (entry.epoch, entry.seq - entry.missed) != (epoch, seq)
        else:
            findings.receipts += 1
            known = said.setdefault((entry.epoch, entry.seq), entry.text)
            findings.disagreements += known != entry.text
            if entry.epoch != epoch or entry.seq > seq + 1:
                findings.silent_gaps += 1
            elif entry.seq == seq:
                findings.doubled += 1
            elif entry.seq < seq:
                findings.reordered += 1
            epoch, seq = entry.epoch, max(seq, entry.seq) if entry.epoch == epoch else entry.seq
