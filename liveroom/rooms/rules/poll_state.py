"""What a poll is, and what can be asked of it: the state and the commands of `poll.py`.

Promise: the state is the whole document; what everybody may know of it is `view`, which leaves out the right answer
until the poll is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.messages.poll import CHOICE_CHARS, QUESTION_CHARS, Choice, PollKind, PollStatus, PollView, Tally
from liveroom.rooms.rules.lines import fit_line

OPEN, CLOSED, SETTLED = PollStatus.OPEN, PollStatus.CLOSED, PollStatus.SETTLED
CANCELLED, HIDDEN = PollStatus.CANCELLED, PollStatus.HIDDEN
UNSEEN = frozenset({CANCELLED, HIDDEN})
"""What the room does not see."""
SETTLE_MS = 24 * 3_600_000
"""A prediction that nobody settles in this time is cancelled."""
LETTERS = "abcdefgh"


@dataclass(frozen=True, slots=True)
class PollState:
    """The document of a poll; times are epoch ms.

    Args:
        by: user id of whoever asks.
        right: of a quiz from the beginning, of a prediction when it is settled.
        result_ms: how long the result is shown.
        result: frozen when it was closed.
        over_at_ms: when it was closed, settled or cancelled, whichever came last.
        version: counts its changes and is compared when it is stored.
    """

    id: str
    room: str
    by: str
    kind: PollKind
    status: PollStatus
    question: str
    choices: tuple[str, ...]
    picks: int
    secret: bool
    audience: Audience
    right: str | None
    opened_at_ms: int
    ends_at_ms: int
    result_ms: int
    closed_at_ms: int | None = None
    over_at_ms: int | None = None
    result: Tally | None = None
    version: int = 1

    @property
    def asked(self) -> tuple[object, ...]:
        """What was asked, whatever has become of it: the same for a repeat of the command."""
        right = self.right if self.kind is PollKind.QUIZ else None
        lasts_ms = self.ends_at_ms - self.opened_at_ms
        choices = tuple(fit_line(choice, CHOICE_CHARS) for choice in self.choices)
        texts = (fit_line(self.question, QUESTION_CHARS), *choices)
        return (self.room, self.kind, texts, self.picks, self.secret, self.audience, right, lasts_ms)

    @property
    def letters(self) -> str:
        """The ids of its choices."""
        return LETTERS[: len(self.choices)]

    @property
    def due_at_ms(self) -> int | None:
        """When `Elapse` has something to do."""
        if self.status is OPEN:
            return self.ends_at_ms
        if self.status in UNSEEN or self.over_at_ms is None:
            return None
        waits = self.status is CLOSED and self.kind is PollKind.PREDICTION
        return self.over_at_ms + (SETTLE_MS if waits else self.result_ms)

    def view(self) -> PollView:
        """What everybody may know."""
        return PollView(
            id=self.id,
            version=self.version,
            status=self.status,
            kind=self.kind,
            question=self.question,
            choices=tuple(Choice(id=id_, text=text) for id_, text in zip(LETTERS, self.choices, strict=False)),
            picks=self.picks,
            secret=self.secret,
            audience=self.audience,
            opened_at=self.opened_at_ms,
            ends_at=self.ends_at_ms,
            closed_at=self.closed_at_ms,
            result=self.result,
            right=self.right if self.status is SETTLED or self.status is HIDDEN else None,
        )


@dataclass(frozen=True, slots=True)
class Close:
    """Take no more votes. `votes`: all that were taken, by choice and `VOTERS`."""

    votes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Settle:
    """Say which choice is right."""

    right: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Withdraw it."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Show its result no longer."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Time has passed. `votes`: as of `Close`, where it is open and due."""

    votes: Mapping[str, int]


Command = Close | Settle | Cancel | Hide | Elapse

VOTERS = "voters"
"""Name of the counter beside those of the choices."""
