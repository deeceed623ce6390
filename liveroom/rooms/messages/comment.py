"""Comments (弹幕): text with emoji, replies and mentions (L9).

Promise: what is above the readable rate is sampled, never silently: the sender's ack says so and
`comments_shed` tells everybody the total.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import FailFast, Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import Author, Count, ItemId, Name, Person, UserId
from liveroom.rooms.messages.topic import OpinionId, TopicId

COMMENT_CHARS = 500
SNIPPET_CHARS = 80
MAX_MENTIONS = 10

Text = Annotated[str, Field(min_length=1, max_length=COMMENT_CHARS)]


class Quote(Model):
    """The comment that is answered, short."""

    id: ItemId
    name: Name
    text: Annotated[str, Field(min_length=1, max_length=SNIPPET_CHARS, description="beginning of its text")]


class CommentAck(Model):
    """What became of the comment."""

    comment_id: ItemId
    shed: Annotated[bool, Field(description="true: sampled out, nobody sees it")] = False
    held: Annotated[bool, Field(description="true: the staff looks at it before others see it")] = False
    folded: Annotated[
        bool, Field(description="true: counted with the comment `comment_id` of somebody who said the same")
    ] = False


@command("comment.send", rate=Rate(per_s=1, burst=5), ack=CommentAck)
class SendComment(Model):
    """Say something to the room. The rate holds for viewers and guests; staff are not slowed down."""

    text: Annotated[Text, Field(description="plain text; control characters are removed, white space is folded")]
    reply_to: Annotated[ItemId | None, Field(description="id of a comment in the room's history")] = None
    mentions: Annotated[
        tuple[UserId, ...],
        # A long list of faults is not worth looking through.
        FailFast(),
        # Not strict: an HTTP body arrives here as Python values, where an array is a list.
        Field(
            max_length=MAX_MENTIONS, strict=False, description="who is addressed; users who are not here are dropped"
        ),
    ] = ()
    topic: Annotated[
        TopicId | None, Field(description="the open topic that this is about; one that is not open is passed over")
    ] = None


@event("comment.sent", delivery=Delivery.SEQUENCED)
class CommentSent(Model):
    """Somebody said something."""

    id: ItemId
    by: Author
    text: Annotated[Text, Field(description="plain text")]
    reply_to: Quote | None = None
    mentions: Annotated[tuple[Person, ...], Field(max_length=MAX_MENTIONS, description="who is addressed")] = ()
    question: Annotated[bool | None, Field(description="true: looks like a question")] = None
    topic: Annotated[TopicId | None, Field(description="the topic it belongs to")] = None
    opinion: Annotated[OpinionId | None, Field(description="its opinion on that topic")] = None
    times: Annotated[int | None, Field(ge=1, description="in a history: how many more have said the same")] = None


@event("comment.folded", delivery=Delivery.SEQUENCED)
class CommentsFolded(Model):
    """More people said the same; add to the count beside each comment."""

    counts: Annotated[
        dict[ItemId, Annotated[int, Field(ge=1, le=1_000_000)]],
        Field(max_length=256, description="how many more, by comment"),
    ]


@event("comments_shed", delivery=Delivery.LATEST)
class CommentsShed(Model):
    """How many comments were sampled out since the room's node took it up."""

    total: Annotated[Count, Field(description="comments left out")]
