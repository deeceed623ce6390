"""The proof of a lottery, and whether it holds (L28): pure, so that whoever has the file needs no server.

Promise: a proof that holds was drawn from the seed that was bound before anybody entered, from all tickets of the list
and from no others; whoever holds a ticket can find it under their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.lottery import (
    MOST_ENTRIES,
    MOST_WINNERS,
    Digest,
    LotteryId,
    Prizes,
    Ticket,
    Title,
    Winner,
)
from liveroom.rooms.messages.people import Count, EpochMs
from liveroom.rooms.rules import draw

Format = Annotated[str, Field(pattern=r"^liveroom\.lottery/1$", description="how it was drawn (docs/lottery.md)")]


class Proof(Model):
    """Everything a draw was made from; tickets come in pages, `next` is the `after` of the next one."""

    format: Format
    lottery: LotteryId
    title: Title
    prizes: Prizes
    opened_at: EpochMs
    commitment: Annotated[Digest, Field(description="told before anybody had entered")]
    seed: Digest
    entries: Annotated[Count, Field(le=MOST_ENTRIES)]
    entries_hash: Digest
    winners: Annotated[tuple[Winner, ...], Field(max_length=MOST_WINNERS, strict=False)]
    tickets: Annotated[
        tuple[Ticket, ...], Field(max_length=MOST_ENTRIES, strict=False, description="in the order of their numbers")
    ]
    next: Annotated[Count | None, Field(description="absent: these are the last")] = None


def find_faults(proof: Proof, commitment: str | None = None) -> Sequence[str]:
    """What does not hold, one sentence each; none: the winners are who they should be.

    Args:
        commitment: as it was noted before the draw; the one of the proof cannot prove anything about itself.
    """
    faults: list[str] = []
    if commitment is not None and commitment != proof.commitment:
        faults.append("the commitment is another than the one that was noted before the draw")
    if draw.commit(proof.lottery, proof.seed, proof.prizes) != proof.commitment:
        faults.append("the commitment does not bind this seed and these prizes")
    if len(proof.tickets) != proof.entries:
        faults.append(f"{proof.entries} have entered, but {len(proof.tickets)} tickets are listed")
    if len(set(proof.tickets)) < len(proof.tickets):
        faults.append("a ticket is listed twice")
    urn = draw.Urn()
    urn.add(proof.tickets)
    if urn.entries_hash != proof.entries_hash:
        faults.append("the list of tickets is another than the one that was drawn from")
    return [*faults, *_compare(proof, urn)]


def find_number(proof: Proof, ticket: str) -> int | None:
    """The number under which a ticket is listed; None: it is not."""
    return proof.tickets.index(ticket) + 1 if ticket in proof.tickets else None


def _compare(proof: Proof, urn: draw.Urn) -> Sequence[str]:
    numbers = draw.draw(proof.lottery, proof.seed, urn, draw.places(proof.prizes))
    drawn = [(prize, number, urn.tickets[number - 1]) for prize, number in draw.hand_out(proof.prizes, numbers)]
    told = [(winner.prize, winner.number, winner.ticket) for winner in proof.winners]
    if drawn == told:
        return []
    wrong = sorted(number for _, number, _ in set(told) ^ set(drawn)) or [number for _, number, _ in drawn]
    listed = ", ".join(str(number) for number in dict.fromkeys(wrong))
    return [f"the winners are not those of the draw; it is about the numbers {listed}"]
