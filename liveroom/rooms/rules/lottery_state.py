"""What a lottery is, and what can be asked of it: the state and the commands of `lottery.py`.

Promise: the state is the whole document; what everybody may know of it is `view`, which leaves out the seed until the
winners are told, and the secret of the tickets for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.messages.lottery import (
    KEYWORD_CHARS,
    PRIZE_CHARS,
    TITLE_CHARS,
    ByComment,
    ByTap,
    LotteryStatus,
    LotteryView,
    Prize,
    Winner,
)
from liveroom.rooms.rules.lines import fit_line

OPEN, DRAWING, DRAWN = LotteryStatus.OPEN, LotteryStatus.DRAWING, LotteryStatus.DRAWN
CANCELLED, HIDDEN = LotteryStatus.CANCELLED, LotteryStatus.HIDDEN
UNSEEN = frozenset({CANCELLED, HIDDEN})
"""What the room does not see."""


@dataclass(frozen=True, slots=True)
class LotteryState:
    """The document of a lottery; times are epoch ms.

    Args:
        by: user id of whoever opened it.
        seed: hex; what the draw is made from.
        secret: hex; what tickets are made from.
        suspense_ms: from the last entry to the winners.
        result_ms: how long the winners are shown.
        entries: how many have entered, from `drawing` on.
        version: counts its changes and is compared when it is stored.
    """

    id: str
    room: str
    by: str
    status: LotteryStatus
    title: str
    prizes: tuple[Prize, ...]
    way: ByTap | ByComment
    audience: Audience
    seed: str
    secret: str
    commitment: str
    opened_at_ms: int
    ends_at_ms: int
    suspense_ms: int
    result_ms: int
    draws_at_ms: int | None = None
    drawn_at_ms: int | None = None
    entries: int | None = None
    entries_hash: str | None = None
    winners: tuple[Winner, ...] | None = None
    version: int = 1

    @property
    def asked(self) -> tuple[object, ...]:
        """What was announced, whatever has become of it: the same for a repeat of the command."""
        prizes = tuple((fit_line(prize.name, PRIZE_CHARS), prize.count) for prize in self.prizes)
        keyword = None if self.keyword is None else fit_line(self.keyword, KEYWORD_CHARS)
        lasts_ms = self.ends_at_ms - self.opened_at_ms
        return (self.room, fit_line(self.title, TITLE_CHARS), prizes, self.way.how, keyword, self.audience, lasts_ms)

    @property
    def keyword(self) -> str | None:
        """What has to be said to enter; None: tapping is the way."""
        return self.way.keyword if isinstance(self.way, ByComment) else None

    @property
    def due_at_ms(self) -> int | None:
        """When `Elapse` has something to do."""
        if self.status is OPEN:
            return self.ends_at_ms
        if self.status is DRAWING:
            return self.draws_at_ms
        return self.drawn_at_ms + self.result_ms if self.status is DRAWN and self.drawn_at_ms is not None else None

    def view(self) -> LotteryView:
        """What everybody may know."""
        return LotteryView(
            id=self.id,
            version=self.version,
            status=self.status,
            title=self.title,
            prizes=self.prizes,
            way=self.way,
            audience=self.audience,
            opened_at=self.opened_at_ms,
            ends_at=self.ends_at_ms,
            commitment=self.commitment,
            draws_at=self.draws_at_ms,
            entries=self.entries,
            entries_hash=self.entries_hash,
            seed=self.seed if self.winners is not None else None,
            winners=self.winners,
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draw came to."""

    entries_hash: str
    winners: tuple[Winner, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Take no more entries. `entries`: how many there are."""

    entries: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Withdraw it."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Show the winners no longer."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Time has passed.

    Args:
        entries: how many there are, where it is open and due.
        drawn: the winners, where they are due.
    """

    entries: int | None = None
    drawn: Drawn | None = None


Command = Draw | Cancel | Hide | Elapse
