"""What a join answers about a room: the snapshot for everybody and the part for this viewer alone.

The room writes these as bytes, once for all who join at the same position; the models are what it promises.
Promise: every private push that still matters is also in `MyPart`, so that a lost one costs nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.battle import MOST_INVITATIONS, BattleSearch
from liveroom.rooms.messages.battle_view import BattleId, BattleView
from liveroom.rooms.messages.campaign import CampaignId, CampaignView
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.level import MyLevel
from liveroom.rooms.messages.lottery import Entry, LotteryId, LotteryView
from liveroom.rooms.messages.media import MyMedia
from liveroom.rooms.messages.moderation import MyMute
from liveroom.rooms.messages.numbers import ShowNumbers
from liveroom.rooms.messages.people import Count, EpochMs, ItemId, Name, UserId
from liveroom.rooms.messages.poll import Picked, PollId, PollView
from liveroom.rooms.messages.question import MINE_SHOWN, MyQuestion, QuestionQueue, ShownQuestion
from liveroom.rooms.messages.review import Appeal, HeldComment
from liveroom.rooms.messages.room import RoomInfo, ShowInfo
from liveroom.rooms.messages.shelf import ProductId, ProductView, ShelfView
from liveroom.rooms.messages.stage_view import MyStage, StageQueue, StageView
from liveroom.rooms.messages.talk import TalkView
from liveroom.rooms.messages.topic import TopicId, TopicView
from liveroom.rooms.messages.welcome import ValueCardShown, WelcomeShown


class PastComment(Model):
    """A comment of the history, as its event with its position."""

    kind: Literal["comment.sent"]
    seq: Annotated[int, Field(ge=1, le=2**53 - 1, description="position of the event in the room")]
    ts: EpochMs
    data: CommentSent


class RoomSnapshot(Model):
    """The room as everybody sees it; applying the events after it gives the snapshot of a later joiner."""

    room: RoomInfo
    show: Annotated[ShowInfo | None, Field(description="the show that runs; null: none")]
    comments: Annotated[tuple[PastComment, ...], Field(max_length=500, description="last comments, oldest first")]
    campaigns: Annotated[
        dict[CampaignId, CampaignView], Field(description="coupon campaigns that are not drafts and not ended, by id")
    ] = Field(default_factory=dict)
    products: Annotated[
        dict[ProductId, ProductView],
        Field(description="products on the shelf, by id; show them by `position`, then id"),
    ] = Field(default_factory=dict)
    shelf: Annotated[
        dict[str, ShelfView], Field(max_length=1, description="`shelf`, while a product is being explained")
    ] = Field(default_factory=dict)
    polls: Annotated[
        dict[PollId, PollView], Field(description="polls that are open, and those whose result is shown, by id")
    ] = Field(default_factory=dict)
    talk: Annotated[
        dict[RoomId, TalkView], Field(max_length=1, description="who may write and what is pinned, by the room's id")
    ] = Field(default_factory=dict)
    topics: Annotated[
        dict[TopicId, TopicView], Field(description="the topic that is open, and those whose summary is shown, by id")
    ] = Field(default_factory=dict)
    lotteries: Annotated[
        dict[LotteryId, LotteryView],
        Field(description="lotteries that are open or being drawn, and those whose winners are shown, by id"),
    ] = Field(default_factory=dict)
    questions: Annotated[
        dict[ItemId, ShownQuestion], Field(description="questions that are being answered now, by id")
    ] = Field(default_factory=dict)
    stages: Annotated[dict[RoomId, StageView], Field(description="the stage, where it is in use: one, by the room")] = (
        Field(default_factory=dict)
    )
    battles: Annotated[
        dict[BattleId, BattleView], Field(description="the battle the room is in, from the countdown on, by id")
    ] = Field(default_factory=dict)


class MyUser(Model):
    """Who this viewer is in this room."""

    id: UserId
    name: Name
    role: Annotated[Role, Field(description="role in this room")]


class MyVisit(Model):
    """The present visit; a reconnect or a second device is the same one."""

    number: Annotated[Count, Field(description="counted from 1, as far as the room remembers")]
    first: Annotated[bool, Field(description="is here for the first time")]


class MyPart(Model):
    """What concerns this viewer alone."""

    user: MyUser
    visit: MyVisit | None = None
    welcome: Annotated[WelcomeShown | None, Field(description="absent until it was shown")] = None
    level: Annotated[MyLevel | None, Field(description="what was earned here; absent: nobody can, or no guests")] = None
    value_card: Annotated[ValueCardShown | None, Field(description="the step in front of the viewer")] = None
    votes: Annotated[dict[PollId, Picked], Field(description="own votes in the polls of the snapshot")] = Field(
        default_factory=dict
    )
    mute: Annotated[MyMute | None, Field(description="present: you may not write")] = None
    media: Annotated[MyMedia | None, Field(description="absent: no ticket for audio and video")] = None
    entries: Annotated[
        dict[LotteryId, Entry],
        Field(description="own entries in the lotteries of the snapshot"),
    ] = Field(default_factory=dict)
    questions: Annotated[
        tuple[MyQuestion, ...], Field(max_length=MINE_SHOWN, description="own questions of the show, newest first")
    ] = ()
    question_queue: Annotated[QuestionQueue | None, Field(description="for the staff, where there are any")] = None
    numbers: Annotated[ShowNumbers | None, Field(description="for the staff: of the show, as counted last")] = None
    stage: Annotated[MyStage | None, Field(description="absent: not on the stage, nor a while ago")] = None
    stage_queue: Annotated[StageQueue | None, Field(description="for the staff, where the stage is in use")] = None
    battle_invitations: Annotated[
        tuple[BattleView, ...],
        Field(max_length=MOST_INVITATIONS + 1, description="for the host: open invitations to and by the room"),
    ] = ()
    battle_search: Annotated[BattleSearch | None, Field(description="for the host; absent: does not search")] = None
    held: Annotated[
        tuple[HeldComment, ...], Field(max_length=200, strict=False, description="for the staff: comments that wait")
    ] = ()
    appeals: Annotated[
        tuple[Appeal, ...],
        Field(max_length=200, strict=False, description="for the staff: who asks to come back"),
    ] = ()
