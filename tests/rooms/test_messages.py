"""The catalogue of rooms: every command says who may send it and how often, every event how it is delivered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import liveroom.rooms.messages as messages
from liveroom.realtime.catalogue import EVERYONE, HOSTS, MEMBERS, STAFF, CommandType, Delivery, EventKind, catalogue
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.decoder import Decoder
from liveroom.realtime.errors import WireError
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import Connect, Ping, Pong
from liveroom.rooms.messages.people import Author
from liveroom.rooms.messages.room import OpenRoom, RoomEnded, ShowStats

PREFIX = messages.__name__
COMMANDS = [kind for kind in catalogue.commands.values() if kind.model.__module__.startswith(PREFIX)]
EVENTS = [kind for kind in catalogue.events.values() if kind.model.__module__.startswith(PREFIX)]
PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")

PAST = (
    "sent|shown|opened|went_live|ended|updated|entered|reached|closed|recorded|changed|announced"
    "|removed|held|reviewed|folded|won|seated|left|progressed"
)

BATTLE = (
    *("accept", "agree_end", "cancel", "cut_short", "decline_rematch", "go_on", "invite", "quit", "refuse", "rematch"),
    *("seek", "stop_seeking"),
)
GUESTS = ("answer", "apply", "cancel", "leave", "switch")
DIRECTORS = (
    *("accept", "allow", "configure", "invite", "lock", "move", "refuse", "remove", "reserve", "set_turn", "unlock"),
    "withdraw",
)
QUESTION = ("answer", "dismiss", "hand_over", "put_back", "take")
ROLES = {
    **dict.fromkeys((f"question.{name}" for name in QUESTION), STAFF),
    **dict.fromkeys((f"battle.{name}" for name in BATTLE), HOSTS),
    "battle.vote": frozenset({Role.VIEWER, Role.MODERATOR}),
    **dict.fromkeys((f"stage.{name}" for name in GUESTS), frozenset({Role.VIEWER, Role.MODERATOR})),
    **dict.fromkeys((f"stage.{name}" for name in DIRECTORS), STAFF),
    "room.open": HOSTS,
    "room.go_live": HOSTS,
    "room.end": HOSTS,
    "room.update": HOSTS,
    "comment.send": EVERYONE,
    "like.send": EVERYONE,
    "value_card.act": EVERYONE,
    "gift.send": frozenset({Role.VIEWER, Role.MODERATOR}),
    "coupon.claim": frozenset({Role.VIEWER, Role.MODERATOR}),
    "campaign.activate": HOSTS,
    "campaign.pause": HOSTS,
    "campaign.resume": HOSTS,
    "campaign.end": HOSTS,
    "campaign.add_drop": HOSTS,
    "campaign.edit": HOSTS,
    "audience.read": EVERYONE,
    "ranks.read": EVERYONE,
    "club.join": frozenset({Role.VIEWER, Role.MODERATOR}),
    "club.leave": frozenset({Role.VIEWER, Role.MODERATOR}),
    "room.share": EVERYONE - {Role.GUEST},
    "product.put": HOSTS,
    "product.edit": HOSTS,
    "product.show": HOSTS,
    "product.hide": HOSTS,
    "product.remove": HOSTS,
    "product.favour": frozenset({Role.VIEWER, Role.MODERATOR}),
    "product.open": EVERYONE,
    "shelf.explain": HOSTS,
    "shelf.rest": HOSTS,
    "topic.set": HOSTS,
    "topic.close": HOSTS,
    "topic.hide": HOSTS,
    "lottery.open": HOSTS,
    "lottery.draw": HOSTS,
    "lottery.cancel": HOSTS,
    "lottery.hide": HOSTS,
    "lottery.enter": frozenset({Role.VIEWER, Role.MODERATOR}),
    "poll.open": HOSTS,
    "poll.close": HOSTS,
    "poll.settle": HOSTS,
    "poll.cancel": HOSTS,
    "poll.hide": HOSTS,
    "poll.vote": frozenset({Role.VIEWER, Role.MODERATOR}),
    "media.prepare": EVERYONE,
    "media.offer": EVERYONE,
    "media.mute": MEMBERS,
    "media.leave": EVERYONE,
    "media.report": EVERYONE,
    "watch.report": EVERYONE,
    "user.ban": STAFF,
    "user.unban": STAFF,
    "user.kick": STAFF,
    "user.mute": STAFF,
    "user.unmute": STAFF,
    "user.shadow": STAFF,
    "user.unshadow": STAFF,
    "talk.set_rules": STAFF,
    "comment.pin": STAFF,
    "comment.unpin": STAFF,
    "comment.remove": STAFF,
    "comment.remove_all": STAFF,
    "words.add": STAFF,
    "words.remove": STAFF,
    "comment.review": STAFF,
    "appeal.decide": STAFF,
}


def test_each_command_is_allowed_to_exactly_the_roles_of_the_plan() -> None:
    assert {kind.name: kind.roles for kind in COMMANDS} == ROLES


def test_moderators_cannot_run_the_show() -> None:
    assert all(
        Role.MODERATOR not in catalogue.commands[name].roles
        for name in ROLES
        if name.startswith("room.") and name != "room.share"
    )


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.name)
def test_a_command_has_a_rate_and_says_what_it_does(kind: CommandType) -> None:
    assert 0 < kind.rate.per_s <= kind.rate.burst
    assert kind.roles
    assert (kind.model.__doc__ or "").rstrip().endswith(".")
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.name)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.kind)
def test_an_event_is_named_with_its_class_in_the_protocol(kind: EventKind) -> None:
    row = next(line for line in PROTOCOL.splitlines() if line.startswith(f"| {kind.delivery.value} |"))
    names = re.findall(r"`([a-z_.*]+)`", row)
    family = kind.kind.partition(".")[0] + ".*"
    assert kind.kind in names or family in names


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.kind)
def test_latest_kinds_are_nouns_and_what_happened_is_in_the_past_tense(kind: EventKind) -> None:
    if kind.delivery is Delivery.LATEST:
        assert re.fullmatch(r"[a-z_]+", kind.kind)
    else:
        assert re.fullmatch(rf"[a-z_]+\.(\w+_)?({PAST})", kind.kind)


def test_the_beginning_and_the_end_of_a_show_coupons_and_moderation_are_vital() -> None:
    vital = {kind.kind for kind in EVENTS if kind.vital}
    show = {"room.went_live", "room.ended"}
    told = {"campaign.changed", "coupon.drop_announced", "poll.changed", "lottery.changed", "battle.changed"}
    stage = {"stage.guest_seated", "stage.guest_left"}
    assert vital == show | told | stage | {"talk.changed", "comment.removed"}


def test_every_string_from_a_stranger_is_bounded() -> None:
    for kind in COMMANDS:
        for name, schema in kind.model.model_json_schema().get("properties", {}).items():
            for option in [schema, schema.get("items", {}), *schema.get("anyOf", [])]:
                if option.get("type") == "string":
                    assert "maxLength" in option or "pattern" in option, f"{kind.name}.{name}"
                if option.get("type") == "array":
                    assert "maxItems" in option, f"{kind.name}.{name}"


@pytest.mark.parametrize(
    ("type_", "data", "field"),
    [
        ("comment.send", '{"text":""}', "data.text"),
        ("comment.send", f'{{"text":"{"x" * 501}"}}', "data.text"),
        ("comment.send", f'{{"text":"x","mentions":{["u"] * 11}}}'.replace("'", '"'), "data.mentions"),
        ("comment.send", '{"text":"x","reply_to":"a b"}', "data.reply_to"),
        ("like.send", '{"count":0}', "data.count"),
        ("like.send", '{"count":51}', "data.count"),
        ("like.send", '{"count":true}', "data.count"),
        ("user.ban", '{"user_id":"a b"}', "data.user_id"),
        ("user.ban", '{"user_id":"a","seconds":0}', "data.seconds"),
        ("value_card.act", '{"card_id":"c","step":0}', "data.step"),
        ("room.update", '{"title":""}', "data.title"),
        ("room.open", '{"title":"x"}', "data.title"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_the_name_of_the_field(type_: str, data: str, field: str) -> None:
    decoder = Decoder(catalogue)
    frame = f'{{"id":1,"type":"{type_}","room":"demo","data":{data}}}'
    with pytest.raises(WireError) as refused:
        decoder.decode(frame.encode())
    assert refused.value.facts["field"] == field
    assert refused.value.code in (ErrorCode.INVALID_FIELD, ErrorCode.UNKNOWN_FIELD)


def test_commands_without_fields_may_leave_out_their_data() -> None:
    decoder = Decoder(catalogue)
    frame = decoder.decode(b'{"id":1,"type":"room.open","room":"demo"}')
    assert not isinstance(frame, Connect | Pong | Ping)
    assert frame.data == OpenRoom()


def test_a_demo_comment_cannot_be_mistaken_for_a_real_one() -> None:
    assert Author(id="u", name="n", role=Role.VIEWER, demo=True).model_dump()["demo"] is True


def test_an_end_without_a_show_carries_no_show() -> None:
    ended = RoomEnded(ended_at=1)
    assert ended.model_dump(exclude_none=True) == {"ended_at": 1}
    stats = ShowStats(viewers=1, comments=2, likes=3, peak_viewers=1)
    assert RoomEnded(show_id="s_1", ended_at=1, stats=stats).stats == stats
