"""What a topic is, and what can be asked of it: the state and the commands of `topic.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveroom.rooms.messages.topic import (
    OPINION_CHARS,
    TOPIC_CHARS,
    WORD_CHARS,
    Opinion,
    Said,
    TopicStatus,
    TopicTally,
    TopicView,
)
from liveroom.rooms.rules.lines import fit_line

OPEN, CLOSED, HIDDEN = TopicStatus.OPEN, TopicStatus.CLOSED, TopicStatus.HIDDEN
LETTERS = "abcdef"


@dataclass(frozen=True, slots=True)
class TopicState:
    """The document of a topic; times are epoch ms.

    Args:
        by: user id of whoever has set it.
        result_ms: how long the summary is shown.
        summary: frozen when it was closed.
        version: counts its changes and is compared when it is stored.
    """

    id: str
    room: str
    by: str
    status: TopicStatus
    text: str
    opinions: tuple[Opinion, ...]
    opened_at_ms: int
    ends_at_ms: int
    result_ms: int
    closed_at_ms: int | None = None
    summary: TopicTally | None = None
    version: int = 1

    @property
    def letters(self) -> str:
        """The ids of its opinions."""
        return LETTERS[: len(self.opinions)]

    @property
    def asked(self) -> tuple[object, ...]:
        """What was asked, whatever has become of it: the same for a repeat of the command."""
        opinions = tuple(
            (fit_line(each.text, OPINION_CHARS), *(fit_line(word, WORD_CHARS) for word in each.words))
            for each in self.opinions
        )
        return (self.room, fit_line(self.text, TOPIC_CHARS), opinions, self.ends_at_ms - self.opened_at_ms)

    @property
    def due_at_ms(self) -> int | None:
        """When `Elapse` has something to do."""
        if self.status is OPEN:
            return self.ends_at_ms
        return self.closed_at_ms + self.result_ms if self.status is CLOSED and self.closed_at_ms is not None else None

    def view(self) -> TopicView:
        """What everybody may know."""
        return TopicView(
            id=self.id,
            version=self.version,
            status=self.status,
            text=self.text,
            opinions=self.opinions,
            opened_at=self.opened_at_ms,
            ends_at=self.ends_at_ms,
            closed_at=self.closed_at_ms,
            summary=self.summary,
        )


@dataclass(frozen=True, slots=True)
class Close:
    """Close it.

    Args:
        counted: what has come together under it, by name of the counter.
        said: what was said most often.
    """

    counted: Mapping[str, int]
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Hide:
    """Show its summary no longer."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Time has passed. `counted`: as of `Close`, where it is open and due."""

    counted: Mapping[str, int]


Command = Close | Hide | Elapse
