"""From a command to its rule: looks up what the rule needs, and says what is to be published.

One function for each command type; rights and rates have been checked before. What must happen once and only if
the command is published is done in `Decided.then`, which must not hold the request: the request holds its verdict,
and thousands of circles a second would be left to the garbage collector. What is stored already is `committed` and
told sooner or later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from liveroom.realtime.backplane.base import Outcome, Position, Published
from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.commenting import send_comment
from liveroom.rooms.errors import Refusal
from liveroom.rooms.life_events import life_message
from liveroom.rooms.means import Means, new_id
from liveroom.rooms.messages import like, moderation
from liveroom.rooms.messages import room as life
from liveroom.rooms.messages import welcome as entry
from liveroom.rooms.moderation.ban_news import ban_message, tell_at_once
from liveroom.rooms.moderation.lifting import BanLifter
from liveroom.rooms.publications import make_publication
from liveroom.rooms.requests import Decided, Deferred, Request
from liveroom.rooms.room import Room
from liveroom.rooms.room_webhooks import tell_ban, tell_change
from liveroom.rooms.rules import bans, lifecycle, likes, value_card
from liveroom.rooms.storage.audit import Entry, audit_message
from liveroom.rooms.storage.outbox import Message

SAVE_TRIES = 3


Handler = Callable[[Means, Room, Request, int], "Decided | Deferred | Awaitable[Decided | Published]"]


def send_likes(means: Means, room: Room, request: Request, now_ms: int) -> Decided:
    """`like.send`"""
    lifecycle.require_open(room.document)
    count = cast(like.SendLikes, request.data).count
    user_id = request.identity.user_id

    def add() -> None:
        room.tally.likes = likes.add(room.tally.likes, count)
        room.act(user_id, now_ms)
        for hear in room.like_listeners:
            hear(user_id, count)

    return Decided(then=add)


def act_on_card(means: Means, room: Room, request: Request, now_ms: int) -> Decided:
    """`value_card.act`"""
    tapped = cast(entry.ActOnCard, request.data)
    user_id = request.identity.user_id
    room.card_events(user_id, room.attendance.tap(user_id, value_card.Tap(tapped.card_id, tapped.step), now_ms))
    return Decided()


async def change_room(means: Means, room: Room, request: Request, now_ms: int) -> Decided | Published:
    """`room.open`, `room.go_live`, `room.end`, `room.update`: compare-and-set on the document."""
    who = request.identity.user_id
    save = partial(means.store.save, who=who, command=request.declared.name)
    for _ in range(SAVE_TRIES):
        if request.key is not None and room.document.made_by == request.mark:
            # It was stored at the first try, only that was not heard; the outbox tells what came of it, under this key.
            return Published(Outcome.DUPLICATE, Position("", 0))
        command = await _life_command(room, request.data)
        state, events = lifecycle.apply(room.document, command, now_ms)
        if state is room.document:
            return Decided(committed=True)
        state = replace(state, made_by=None if request.key is None else request.mark)
        decided = Decided(events, committed=True)
        told = make_publication(request, decided, now_ms)
        messages = [life_message(room.id, told), *tell_change(state, events, who), *means.areas.follow(state, events)]
        if await save(state, room.document.version, told=messages):
            room.replace(state)
            request.publication = told
            return decided
        current = await means.store.load(room.id)
        if current is None:
            break
        room.replace(current)
    raise Refusal(ErrorCode.UNAVAILABLE, "the room is being changed by others; try again", room=room.id)


async def ban_user(means: Means, room: Room, request: Request, now_ms: int) -> Decided:
    """`user.ban`"""
    wanted = cast(moderation.BanUser, request.data)
    bans.may_ban(request.identity.user_id, request.role, wanted.user_id, room.role_of(wanted.user_id))
    ban = bans.impose(wanted.user_id, request.identity.user_id, request.role, wanted.reason, wanted.seconds, now_ms)
    facts = {"reason": ban.reason} if ban.until_ms is None else {"reason": ban.reason, "until": ban.until_ms}
    filed = _file(room, request, ban.user_id, facts, now_ms)
    await means.store.ban(room.id, ban, [*tell_ban(room.id, ban), filed, ban_message(room.id)])
    # At once, for what waits behind this; the connections are cut when the nodes have been told.
    room.replace_bans({**room.bans, ban.user_id: ban})
    return await _tell_bans(means, room, request)


async def unban_user(means: Means, room: Room, request: Request, now_ms: int) -> Decided:
    """`user.unban`"""
    user_id = cast(moderation.UnbanUser, request.data).user_id
    if not await BanLifter(means.store, means.backplane).lift(room, request, user_id, now_ms):
        raise Refusal(ErrorCode.NOT_FOUND, "this user is not banned here", field="user_id")
    return await _tell_bans(means, room, request)


HANDLERS: dict[str, Handler] = {
    "comment.send": send_comment,
    "like.send": send_likes,
    "value_card.act": act_on_card,
    "room.open": change_room,
    "room.go_live": change_room,
    "room.end": change_room,
    "room.update": change_room,
    "user.ban": ban_user,
    "user.unban": unban_user,
}
"""A test compares with the catalogue."""


async def _life_command(room: Room, data: Model) -> lifecycle.Command:
    if isinstance(data, life.OpenRoom):
        return lifecycle.Open()
    if isinstance(data, life.StartShow):
        return lifecycle.GoLive(new_id("show"))
    if isinstance(data, life.EndRoom):
        if room.sum_show is None or room.document.show is None:
            return lifecycle.End()
        return lifecycle.End(await room.sum_show())
    update = cast(life.UpdateRoom, data)
    return lifecycle.Update(update.title, update.stream_url)


async def _tell_bans(means: Means, room: Room, request: Request) -> Decided:
    # Said before it is told: it is stored, also when the time of the batch ends here.
    request.verdict = stored = Decided(committed=True)
    await tell_at_once(means.backplane, room.id)
    return stored


def _file(room: Room, request: Request, user_id: str, facts: Mapping[str, object], now_ms: int) -> Message:
    entry = Entry(now_ms, request.identity.user_id, request.role, request.declared.name, user_id, facts)
    return audit_message(room.id, entry)
