"""Topics (L12): what the host wants to hear about, what comes together under it, and what it came to.

Promise: `topic.changed` carries the whole public view with its version, so the newest one alone is enough. Comments
under a topic are comments like others and are only marked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import Count, EpochMs

HOST_PACE = Rate(per_s=1, burst=10)
TOPIC_CHARS = 80
OPINION_CHARS = 20
WORD_CHARS = 20
MOST_OPINIONS = 6
MOST_WORDS = 20
LONGEST_S = 86_400
MOST_SAID = 5
SAID_CHARS = 30

TopicId = Annotated[str, Field(pattern=r"^t_[0-9a-f]{16}$", description="id of the topic, made by the server")]
OpinionId = Annotated[str, Field(pattern=r"^[a-f]$", description="an opinion, by its place: a, b, c …")]
TopicText = Annotated[str, Field(min_length=1, max_length=TOPIC_CHARS, description="what it is about")]
Version = Annotated[
    int, Field(ge=1, le=2**53 - 1, description="counts the changes of the topic; the highest is newest")
]


class TopicStatus(StrEnum):
    """Where a topic is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    HIDDEN = "hidden"


class Opinion(Model):
    """What people may think, and by which words it is recognised."""

    text: Annotated[str, Field(min_length=1, max_length=OPINION_CHARS, description="how it is called")]
    words: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=WORD_CHARS)], ...],
        # Not strict: an HTTP body arrives here as Python values, where an array is a list.
        Field(max_length=MOST_WORDS, strict=False, description="beside `text`: whoever says one of them is of it"),
    ] = ()


Opinions = Annotated[
    tuple[Opinion, ...],
    Field(max_length=MOST_OPINIONS, strict=False, description="they get the ids a, b, c … in this order"),
]


class Said(Model):
    """Something that was said more than once."""

    text: Annotated[str, Field(min_length=1, max_length=SAID_CHARS, description="as it was written first")]
    count: Annotated[Count, Field(description="how often")]


class TopicTally(Model):
    """What has come together under a topic, as absolute numbers."""

    comments: Annotated[Count, Field(description="comments under it")] = 0
    heat: Annotated[Count, Field(description="comments a minute, the last minute above all")] = 0
    opinions: Annotated[
        dict[OpinionId, Count],
        Field(max_length=MOST_OPINIONS, description="people by opinion; each counts once, with the first one"),
    ] = Field(default_factory=dict)
    said: Annotated[
        tuple[Said, ...], Field(max_length=MOST_SAID, strict=False, description="what was said most often")
    ] = ()


class TopicView(Model):
    """A topic as everybody sees it."""

    id: TopicId
    version: Version
    status: TopicStatus
    text: TopicText
    opinions: Opinions = ()
    opened_at: EpochMs
    ends_at: Annotated[EpochMs, Field(description="closes by itself then, by the server's clock")]
    closed_at: Annotated[EpochMs | None, Field(description="when it was closed")] = None
    summary: Annotated[TopicTally | None, Field(description="frozen when it was closed")] = None


class TopicAck(Model):
    """The topic after the command."""

    topic: TopicView


class OfTopic(Model):
    """Something about one topic."""

    topic: TopicId


@command("topic.set", roles=HOSTS, rate=HOST_PACE, ack=TopicAck)
class SetTopic(Model):
    """Open a topic; one that was open is closed. Needs a key: a repeat with the same key opens no second one."""

    text: TopicText
    opinions: Opinions = ()
    lasts_s: Annotated[
        int | None, Field(ge=10, le=LONGEST_S, description="seconds until it closes; absent: as the scene says")
    ] = None


@command("topic.close", roles=HOSTS, rate=HOST_PACE, ack=TopicAck)
class CloseTopic(OfTopic):
    """Close it, and show what it came to."""


@command("topic.hide", roles=HOSTS, rate=HOST_PACE, ack=TopicAck)
class HideTopic(OfTopic):
    """Take a topic that is closed out of the room; its summary is kept."""


@event("topic.changed", delivery=Delivery.SEQUENCED)
class TopicChanged(Model):
    """A topic is another now. One that is hidden leaves the snapshot."""

    topic: TopicView


class TopicStands(TopicTally):
    """How one topic stands; of one that is closed only `n`."""

    n: Annotated[Count, Field(description="grows with every change; the higher one is newer")]


@event("topic_heat", delivery=Delivery.LATEST)
class TopicsHeat(Model):
    """How open topics stand, by id."""

    topics: Annotated[dict[str, TopicStands], Field(max_length=256, description="by id of the topic")]
