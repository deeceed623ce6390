"""Polls, one-tap questions and predictions (L27): what is asked, how it stands, and what it came to.

Promise: `poll.changed` carries the whole public view with its version, so the newest one alone is enough. The right
answer of a question is never part of a message before it is settled, nor are the votes of a secret poll.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.people import Count, EpochMs

VOTERS = frozenset({Role.VIEWER, Role.MODERATOR})
"""Guests are not among them: somebody can be as many guests as they like."""
HOST_PACE = Rate(per_s=1, burst=10)
QUESTION_CHARS = 80
CHOICE_CHARS = 30
LEAST_CHOICES, MOST_CHOICES = 2, 8
LONGEST_S = 86_400

PollId = Annotated[str, Field(pattern=r"^p_[0-9a-f]{16}$", description="id of the poll, made by the server")]
ChoiceId = Annotated[str, Field(pattern=r"^[a-h]$", description="a choice, by its place: a, b, c …")]
Question = Annotated[str, Field(min_length=1, max_length=QUESTION_CHARS, description="what is asked")]
ChoiceText = Annotated[str, Field(min_length=1, max_length=CHOICE_CHARS, description="a choice to tap")]
Picks = Annotated[int, Field(ge=1, le=MOST_CHOICES, description="how many choices one viewer may tap")]
Picked = Annotated[
    tuple[ChoiceId, ...],
    # Not strict: an HTTP body arrives here as Python values, where an array is a list.
    Field(min_length=1, max_length=MOST_CHOICES, strict=False, description="the choices of one viewer"),
]
Version = Annotated[int, Field(ge=1, le=2**53 - 1, description="counts the changes of the poll; the highest is newest")]


class PollKind(StrEnum):
    """What kind of question it is."""

    POLL = "poll"
    QUIZ = "quiz"
    PREDICTION = "prediction"


class PollStatus(StrEnum):
    """Where a poll is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    HIDDEN = "hidden"


class Choice(Model):
    """One thing to tap."""

    id: ChoiceId
    text: ChoiceText


class Tally(Model):
    """Votes as absolute numbers."""

    votes: Annotated[
        dict[ChoiceId, Count], Field(max_length=MOST_CHOICES, description="votes by choice; absent: none")
    ] = Field(default_factory=dict)
    voters: Annotated[Count, Field(description="viewers who voted")] = 0


class PollView(Model):
    """A poll as everybody sees it."""

    id: PollId
    version: Version
    status: PollStatus
    kind: PollKind
    question: Question
    choices: Annotated[
        tuple[Choice, ...],
        Field(min_length=LEAST_CHOICES, max_length=MOST_CHOICES, strict=False, description="in the order to be shown"),
    ]
    picks: Picks = 1
    secret: Annotated[bool, Field(description="the votes are told when it is closed, not before")] = False
    audience: Annotated[Audience, Field(description="who may vote")] = Audience()
    opened_at: EpochMs
    ends_at: Annotated[EpochMs, Field(description="votes are taken until then, by the server's clock")]
    closed_at: Annotated[EpochMs | None, Field(description="when it was closed")] = None
    result: Annotated[Tally | None, Field(description="frozen when it was closed; the sum of all votes taken")] = None
    right: Annotated[ChoiceId | None, Field(description="settled: the right choice")] = None


class PollAck(Model):
    """The poll after the command."""

    poll: PollView


class OfPoll(Model):
    """Something about one poll."""

    poll: PollId


@command("poll.open", roles=HOSTS, rate=HOST_PACE, ack=PollAck)
class OpenPoll(Model):
    """Ask something. Needs a key: a repeat with the same key opens no second one."""

    kind: Annotated[PollKind, Field(strict=False)] = PollKind.POLL
    question: Question
    choices: Annotated[
        tuple[ChoiceText, ...],
        Field(min_length=LEAST_CHOICES, max_length=MOST_CHOICES, strict=False, description="in the order to be shown"),
    ]
    right: Annotated[ChoiceId | None, Field(description="quiz: the right choice, told when it is closed")] = None
    picks: Picks = 1
    secret: Annotated[bool, Field(description="tell the votes when it is closed, not before")] = False
    audience: Annotated[Audience, Field(description="who may vote")] = Audience()
    lasts_s: Annotated[
        int | None, Field(ge=5, le=LONGEST_S, description="seconds in which votes are taken; absent: as the scene says")
    ] = None


@command("poll.close", roles=HOSTS, rate=HOST_PACE, ack=PollAck)
class ClosePoll(OfPoll):
    """Take no more votes, and tell the result."""


@command("poll.settle", roles=HOSTS, rate=HOST_PACE, ack=PollAck)
class SettlePoll(OfPoll):
    """Say which choice of a prediction has come true."""

    right: ChoiceId


@command("poll.cancel", roles=HOSTS, rate=HOST_PACE, ack=PollAck)
class CancelPoll(OfPoll):
    """Withdraw a poll that is open, or a prediction that is not settled; it leaves the room."""


@command("poll.hide", roles=HOSTS, rate=HOST_PACE, ack=PollAck)
class HidePoll(OfPoll):
    """Take a poll that is over out of the room; its result is kept."""


class VoteOutcome(StrEnum):
    """What became of a vote."""

    COUNTED = "counted"
    ALREADY_VOTED = "already_voted"
    NOT_ELIGIBLE = "not_eligible"
    NOT_OPEN = "not_open"


class VoteAck(Model):
    """What became of a vote. Only `counted` is kept: any other answer may be another one the next time."""

    outcome: VoteOutcome
    choices: Annotated[Picked | None, Field(description="counted, and already_voted: this viewer's vote")] = None
    rule: Annotated[Rule | None, Field(description="not_eligible: what does not hold")] = None


@command("poll.vote", roles=VOTERS, rate=Rate(per_s=3, burst=6), ack=VoteAck)
class Vote(OfPoll):
    """Vote, once. Needs a key: a repeat with the same key gets the first answer."""

    choices: Picked


@event("poll.changed", delivery=Delivery.SEQUENCED, vital=True)
class PollChanged(Model):
    """A poll is another now. One that is cancelled or hidden leaves the snapshot."""

    poll: PollView


class PollVotes(Tally):
    """How one poll stands; of one that is closed or secret only `n`."""

    n: Annotated[Count, Field(description="grows with every change; the higher one is newer")]


@event("poll_votes", delivery=Delivery.LATEST)
class PollsStand(Model):
    """How the open polls stand, by id."""

    polls: Annotated[dict[str, PollVotes], Field(max_length=256, description="by id of the poll")]
