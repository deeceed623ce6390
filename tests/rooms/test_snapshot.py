"""The invariant of every client: a snapshot and the events after it are the snapshot a later joiner gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import liveroom.rooms.messages  # noqa: F401 - fills the catalogue
from liveroom.realtime.catalogue import Delivery, Model, catalogue
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.audience import EntryEffect, ViewerEntered
from liveroom.rooms.messages.battle import BattleChanged
from liveroom.rooms.messages.battle_view import BattleStatus
from liveroom.rooms.messages.campaign import CampaignChanged, CampaignStatus, Change, DropAnnounced, DropView
from liveroom.rooms.messages.club import ClubEntered
from liveroom.rooms.messages.comment import CommentSent, CommentsFolded
from liveroom.rooms.messages.gift import ComboClosed, GiftSent
from liveroom.rooms.messages.level import LevelReached
from liveroom.rooms.messages.like import LikeMilestoneReached
from liveroom.rooms.messages.lottery import LotteryChanged
from liveroom.rooms.messages.order import OrderLine, OrderRecorded
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.messages.poll import PollChanged
from liveroom.rooms.messages.question import QuestionShown, QuestionStatus, ShownQuestion
from liveroom.rooms.messages.room import RoomSettings, RoomStatus
from liveroom.rooms.messages.shelf import ProductChange, ProductChanged, ShelfChanged, ShelfStatus, ShelfView
from liveroom.rooms.messages.stage_view import Ending, GuestLeft, GuestSeated, StageChanged, StageKind
from liveroom.rooms.messages.talk import CommentsRemoved, TalkChanged
from liveroom.rooms.messages.topic import TopicChanged
from liveroom.rooms.rules import battle_view, comments, lifecycle, snapshot
from liveroom.rooms.rules.battle_state import SHOWN, BattleState
from liveroom.rooms.rules.campaign_state import CampaignState
from liveroom.rooms.rules.comments import PostComment
from liveroom.rooms.rules.lifecycle import End, GoLive, Open, RoomState, Update
from liveroom.rooms.rules.snapshot import FOLDS, Snapshot, as_json
from liveroom.rooms.rules.stage_view import view
from liveroom.rooms.rules.talk_state import TalkState
from tests.rooms.battles import in_status, running
from tests.rooms.builders import HOST, NOW, make_author, make_room
from tests.rooms.campaigns import make_campaign
from tests.rooms.polls import make_lottery, make_poll, make_topic
from tests.rooms.products import make_product
from tests.rooms.stages import make_stage

HISTORY = 3
SETTINGS = RoomSettings(history=HISTORY)
SEQUENCED = sorted(kind.kind for kind in catalogue.events.values() if kind.delivery is Delivery.SEQUENCED)


class Room:
    """A room as the server has it: the document, all comments ever sent, and a snapshot that only folds events."""

    def __init__(self, status: RoomStatus = RoomStatus.CREATED, history: int = HISTORY) -> None:
        self.state: RoomState = make_room(status, RoomSettings(history=history))
        self.comments: tuple[dict[str, Any], ...] = ()
        self.campaigns: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        self.folded: Snapshot = snapshot.fresh(self.state)
        self.seq = 0

    def publish(self, events: tuple[Model, ...]) -> None:
        for event in events:
            self.seq += 1
            kind, data = catalogue.kinds_by_model[type(event)].kind, snapshot.as_json(event)
            if isinstance(event, CommentSent):
                self.comments += ({"kind": kind, "seq": self.seq, "ts": NOW, "data": data},)
            self.folded = snapshot.apply_event(self.folded, kind, data, NOW, self.seq)

    def order(self, command: lifecycle.Command) -> None:
        try:
            self.state, events = lifecycle.apply(self.state, command, NOW + self.seq)
        except Refusal:
            return
        self.publish(events)

    def talk(self, text: str = "好看") -> None:
        quiet = comments.start(RoomSettings(), HOST.id, NOW)
        _, events = comments.apply(quiet, PostComment(f"c_{self.seq}", make_author(), text), NOW)
        self.publish(events)

    def change(self, campaign: CampaignState, change: Change) -> None:
        shown = {} if campaign.status is CampaignStatus.ENDED else {campaign.id: as_json(campaign.view())}
        self.campaigns = {name: kept for name, kept in self.campaigns.items() if name != campaign.id} | shown
        self.publish((CampaignChanged(change=change, campaign=campaign.view()),))

    def count(self, comment_id: str, more: int) -> None:
        self.comments = tuple(
            {**each, "data": {**each["data"], "times": more}} if each["data"]["id"] == comment_id else each
            for each in self.comments
        )
        self.publish((CommentsFolded(counts={comment_id: more}),))

    def remove(self, comment_id: str) -> None:
        # Older ones do not come back in its place.
        self.comments = tuple(each for each in self.comments[-HISTORY:] if each["data"]["id"] != comment_id)
        self.publish((CommentsRemoved(ids=(comment_id,)),))

    def show(self, part: str, event: Model, view: Any) -> None:
        self.parts[part] = {view.id: as_json(view)}
        self.publish((event,))

    def fight(self, battle: BattleState) -> None:
        self.parts.pop("battles", None)
        if battle.status in SHOWN:
            self.parts["battles"] = {battle.id: as_json(battle_view.view(battle))}
        self.publish((BattleChanged(battle=battle_view.view(battle)),))

    def check(self) -> None:
        parts = self.parts | ({"campaigns": self.campaigns} if self.campaigns else {})
        assert self.folded == snapshot.fresh(self.state, self.comments, parts)


GIVER = Visitor(id="u", name="n")
GIFT = GiftSent(combo="c", gift="rose", by=GIVER, to=HOST, count=1, added=1, amount=10)
COMBO = ComboClosed(combo="c", gift="rose", by=GIVER, to=HOST, count=1, amount=10, settlement_id="s")
DROP = DropAnnounced(campaign="c1", name="券", drop=DropView(id="d1", starts_at=NOW, ends_at=NOW + 1, stock=1))
POLL = make_poll().view()
LOTTERY = make_lottery().view()
REACHED = LevelReached(user=GIVER, level=10)
TOPIC = make_topic().view()
PRODUCT = ProductChanged(change=ProductChange.SHOWN, product=make_product().view())
EXPLAINED = ShelfChanged(shelf=ShelfView(id="shelf", status=ShelfStatus.EXPLAINING, product="dress", version=1))
QUESTION = QuestionShown(
    question=ShownQuestion(id="q", version=1, status=QuestionStatus.ANSWERING, text="为什么", count=1, asked_by=HOST)
)
STAGE = StageChanged(stage=view(make_stage()))
SEATED = GuestSeated(user=HOST, seat=1, kind=StageKind.AUDIO)
LEFT = GuestLeft(user=HOST, seat=1, reason=Ending.LEFT)
ORDER = OrderRecorded(text=OrderLine(zh="甲", en="a"), count=1)
TALK = TalkChanged(talk=TalkState("demo", 1).view())

CASES: dict[str, tuple[RoomStatus, Callable[[Room], None]]] = {
    "room.opened": (RoomStatus.CREATED, lambda room: room.order(Open())),
    "room.went_live": (RoomStatus.OPEN, lambda room: room.order(GoLive("s_9"))),
    "room.ended": (RoomStatus.LIVE, lambda room: room.order(End())),
    "room.updated": (RoomStatus.LIVE, lambda room: room.order(Update("换了题目", "https://cdn.example/a.m3u8"))),
    "comment.sent": (RoomStatus.LIVE, lambda room: room.talk()),
    "viewer.entered": (
        RoomStatus.LIVE,
        lambda room: room.publish((ViewerEntered(user=Visitor(id="u", name="n"), effect=EntryEffect.GLOW),)),
    ),
    "like.milestone_reached": (RoomStatus.LIVE, lambda room: room.publish((LikeMilestoneReached(total=100),))),
    "gift.sent": (RoomStatus.LIVE, lambda room: room.publish((GIFT,))),
    "gift.combo_closed": (RoomStatus.LIVE, lambda room: room.publish((COMBO,))),
    "order.recorded": (RoomStatus.LIVE, lambda room: room.publish((ORDER,))),
    "campaign.changed": (RoomStatus.LIVE, lambda room: room.change(make_campaign(), Change.ACTIVATED)),
    "topic.changed": (RoomStatus.LIVE, lambda room: room.show("topics", TopicChanged(topic=TOPIC), TOPIC)),
    "lottery.changed": (
        RoomStatus.LIVE,
        lambda room: room.show("lotteries", LotteryChanged(lottery=LOTTERY), LOTTERY),
    ),
    "poll.changed": (RoomStatus.LIVE, lambda room: room.show("polls", PollChanged(poll=POLL), POLL)),
    "battle.changed": (RoomStatus.LIVE, lambda room: room.fight(running())),
    "coupon.drop_announced": (RoomStatus.LIVE, lambda room: room.publish((DROP,))),
    "level.reached": (RoomStatus.LIVE, lambda room: room.publish((REACHED,))),
    "club.entered": (RoomStatus.LIVE, lambda room: room.publish((ClubEntered(users=(GIVER,), count=1),))),
    "product.changed": (RoomStatus.LIVE, lambda room: room.show("products", PRODUCT, PRODUCT.product)),
    "talk.changed": (RoomStatus.LIVE, lambda room: room.show("talk", TALK, TALK.talk)),
    "comment.folded": (RoomStatus.LIVE, lambda room: room.count(f"c_{room.seq - 1}", 7)),
    "comment.removed": (RoomStatus.LIVE, lambda room: room.remove(f"c_{room.seq - 1}")),
    "shelf.changed": (RoomStatus.LIVE, lambda room: room.show("shelf", EXPLAINED, EXPLAINED.shelf)),
    "question.shown": (RoomStatus.LIVE, lambda room: room.show("questions", QUESTION, QUESTION.question)),
    "stage.changed": (RoomStatus.LIVE, lambda room: room.show("stages", STAGE, STAGE.stage)),
    "stage.guest_seated": (RoomStatus.LIVE, lambda room: room.publish((SEATED,))),
    "stage.guest_left": (RoomStatus.LIVE, lambda room: room.publish((LEFT,))),
}
MOMENTS = {
    "viewer.entered",
    "like.milestone_reached",
    "gift.sent",
    "gift.combo_closed",
    "order.recorded",
    "coupon.drop_announced",
    "stage.guest_seated",
    "stage.guest_left",
    "level.reached",
    "club.entered",
}
"""Kinds that pass and leave nothing in the snapshot."""


def test_every_sequenced_kind_has_its_fold() -> None:
    assert sorted(kind for kind in FOLDS) == SEQUENCED


@pytest.mark.parametrize("kind", SEQUENCED)
def test_the_events_after_a_snapshot_give_the_fresh_one(kind: str) -> None:
    status, happen = CASES[kind]
    room = Room(status)
    for _ in range(HISTORY + 2):
        room.talk()
    before = room.folded
    happen(room)
    assert room.seq == HISTORY + 3, "the case must publish exactly one event"
    room.check()
    assert (room.folded == before) == (kind in MOMENTS)


STEPS = st.lists(
    st.sampled_from(
        [
            lambda room: room.order(Open()),
            lambda room: room.order(GoLive(f"s_{room.seq}")),
            lambda room: room.order(End()),
            lambda room: room.order(Update(f"t{room.seq}")),
            lambda room: room.talk(),
        ]
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 5))
def test_any_history_folds_to_the_fresh_snapshot(steps: list[Callable[[Room], None]], history: int) -> None:
    room = Room(history=history)
    for step in steps:
        step(room)
        room.check()


def test_a_campaign_that_ended_leaves_and_an_older_change_is_passed_over() -> None:
    room = Room(RoomStatus.LIVE)
    newer, older = make_campaign(version=3, status=CampaignStatus.PAUSED), make_campaign(version=2)
    room.change(newer, Change.PAUSED)
    before = room.folded
    event = snapshot.as_json(CampaignChanged(change=Change.ACTIVATED, campaign=older.view()))
    assert snapshot.apply_event(before, "campaign.changed", event, NOW, 9) == before
    assert before.as_object()["campaigns"]["c1"]["status"] == "paused"
    room.change(make_campaign(version=4, status=CampaignStatus.ENDED), Change.ENDED)
    room.check()
    assert "campaigns" not in room.folded.as_object()


def test_an_unknown_kind_changes_nothing() -> None:
    folded = Room().folded
    assert snapshot.apply_event(folded, "weather.changed", {"id": "g"}, NOW, 1) is folded


def test_the_object_on_the_wire_names_room_show_and_comments() -> None:
    room = Room(RoomStatus.LIVE)
    room.talk()
    assert room.folded.as_object() == {
        "room": {"id": "demo", "title": "晚上好", "scene": "small", "status": "live", "host": HOST.model_dump()},
        "show": {"id": "s_1", "started_at": NOW},
        "comments": room.comments,
    }


def test_a_comment_of_the_history_can_be_quoted_and_an_older_one_not() -> None:
    room = Room(RoomStatus.LIVE)
    for number in range(HISTORY + 1):
        room.talk(f"第 {number} 句")
    assert snapshot.quote(room.folded, "c_3").text == "第 3 句"
    with pytest.raises(Refusal) as refused:
        snapshot.quote(room.folded, "c_0")
    assert refused.value.code == ErrorCode.NOT_FOUND
    assert refused.value.facts == {"field": "reply_to"}


def test_a_battle_is_shown_from_the_countdown_on_until_it_has_ended() -> None:
    room = Room(RoomStatus.LIVE)
    for version, status in enumerate(BattleStatus, 1):
        battle, _ = in_status(status)
        room.fight(replace(battle, version=version))
        room.check()
        assert ("battles" in room.folded.as_object()) == (status not in (BattleStatus.INVITED, BattleStatus.ENDED))
