"""Moderation of a room over HTTP: the same commands as on the socket, and what the staff can look at."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Path, Query

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.moderation import KickUser, MuteUser, ShadowUser, UnmuteUser, UnshadowUser
from liveroom.rooms.messages.people import ItemId, UserId
from liveroom.rooms.messages.talk import (
    PinComment,
    RemoveComment,
    RemoveComments,
    SetTalkRules,
    TalkAck,
    TalkView,
    UnpinComment,
)
from liveroom.rooms.messages.words import AddWords, RemoveWords, WordsAck
from liveroom.rooms.rules.bans import active as is_banned
from liveroom.rooms.rules.sanctions import Sanction
from liveroom.rooms.rules.talk_state import TalkState
from liveroom.rooms.storage.audit import NEWEST
from liveroom.rooms.talk import PART
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.moderation_views import (
    AuditPage,
    BanList,
    SanctionList,
    WordListView,
    view_ban,
    view_entry,
    view_sanction,
)
from liveroom.server.api.staff import require_role
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["moderation"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 429, *WITH_BODY)
PLAIN = refusals(404, 429)
Rules = Annotated[SetTalkRules, Body(examples=[{"slow_s": 10, "followers_only": True}])]
PinWish = Annotated[PinComment, Body(examples=[{"comment_id": "c_1"}])]
Mute = Annotated[MuteUser, Body(examples=[{"user_id": "u13", "reason": "spam", "seconds": 600}])]
Shadow = Annotated[ShadowUser, Body(examples=[{"user_id": "u13", "reason": "spam"}])]
Kick = Annotated[KickUser, Body(examples=[{"user_id": "u13", "reason": "quarrel"}])]
MoreWords = Annotated[AddWords, Body(examples=[{"words": ["竞品"], "action": "hold"}])]
LessWords = Annotated[RemoveWords, Body(examples=[{"words": ["竞品"]}])]
CommentName = Annotated[ItemId, Path(description="id of a comment")]


@router.get("/talk", responses=refusals(404))
async def read_talk(room: RoomName, node: NodeOf, caller: Caller) -> TalkView:
    """Who may write in the room, and what is pinned."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    shown = opened.snapshot.parts.get(PART, {}).get(room)
    return TalkView.model_validate_json(orjson.dumps(shown)) if shown is not None else TalkState(room).view()


@router.patch("/talk", responses=COMMAND)
async def change_talk(room: RoomName, rules: Rules, node: NodeOf, caller: Caller) -> TalkView:
    """Change what holds for viewers and guests who write; what is left out stays as it is."""
    return await _change_talk(node, caller, room, "talk.set_rules", rules)


@router.put("/pin", responses=COMMAND)
async def pin_comment(room: RoomName, wanted: PinWish, node: NodeOf, caller: Caller) -> TalkView:
    """Keep a comment of the history on top."""
    return await _change_talk(node, caller, room, "comment.pin", wanted)


@router.delete("/pin", responses=PLAIN)
async def unpin_comment(room: RoomName, node: NodeOf, caller: Caller) -> TalkView:
    """Pin nothing."""
    return await _change_talk(node, caller, room, "comment.unpin", UnpinComment())


@router.delete("/comments/{comment}", status_code=204, responses=PLAIN)
async def remove_comment(room: RoomName, comment: CommentName, node: NodeOf, caller: Caller) -> None:
    """Take a comment back from everybody, also from the history."""
    await node.rooms.call(caller, room, "comment.remove", RemoveComment(comment_id=comment), None)


@router.delete("/users/{user_id}/comments", status_code=204, responses=PLAIN)
async def remove_comments(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> None:
    """Take back every comment of somebody that the history still has."""
    await node.rooms.call(caller, room, "comment.remove_all", RemoveComments(user_id=user_id), None)


@router.get("/mutes", responses=refusals(404))
async def list_mutes(room: RoomName, node: NodeOf, caller: Caller) -> SanctionList:
    """Who is muted or shadowed now."""
    require_role(caller, room)
    now_ms = node.clock.now_ms()
    found = await node.value.moderation.sanctions.load(room)
    return SanctionList(sanctions=[view_sanction(each) for each in found if _holds(each, now_ms)])


@router.post("/mutes", status_code=204, responses=COMMAND)
async def mute_user(room: RoomName, wanted: Mute, node: NodeOf, caller: Caller) -> None:
    """Let a user watch and not write."""
    await node.rooms.call(caller, room, "user.mute", wanted, None)


@router.delete("/mutes/{user_id}", status_code=204, responses=PLAIN)
async def unmute_user(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> None:
    """Let a muted user write again."""
    await node.rooms.call(caller, room, "user.unmute", UnmuteUser(user_id=user_id), None)


@router.post("/shadows", status_code=204, responses=COMMAND)
async def shadow_user(room: RoomName, wanted: Shadow, node: NodeOf, caller: Caller) -> None:
    """Let a user write what nobody else sees."""
    await node.rooms.call(caller, room, "user.shadow", wanted, None)


@router.delete("/shadows/{user_id}", status_code=204, responses=PLAIN)
async def unshadow_user(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> None:
    """Let everybody see again what a shadowed user writes."""
    await node.rooms.call(caller, room, "user.unshadow", UnshadowUser(user_id=user_id), None)


@router.post("/kicks", status_code=204, responses=COMMAND)
async def kick_user(room: RoomName, wanted: Kick, node: NodeOf, caller: Caller) -> None:
    """Remove a user from the room; they may come back."""
    await node.rooms.call(caller, room, "user.kick", wanted, None)


@router.get("/bans", responses=refusals(404))
async def list_bans(room: RoomName, node: NodeOf, caller: Caller) -> BanList:
    """Who is kept out of the room now."""
    require_role(caller, room)
    now_ms = node.clock.now_ms()
    found = (await node.store.bans(room)).values()
    return BanList(bans=[view_ban(ban) for ban in found if is_banned(ban, now_ms)])


@router.get("/words", responses=refusals(404))
async def list_words(room: RoomName, node: NodeOf, caller: Caller) -> WordListView:
    """The words of the room; those of the server are not among them."""
    require_role(caller, room)
    return WordListView(words=await node.value.moderation.read_words(room))


@router.post("/words", responses=COMMAND)
async def add_words(room: RoomName, wanted: MoreWords, node: NodeOf, caller: Caller) -> WordsAck:
    """Look for these words in what viewers write and in their names."""
    answer = await node.rooms.call(caller, room, "words.add", wanted, None)
    return WordsAck.model_validate_json(answer.data)


@router.post("/words/remove", responses=COMMAND)
async def remove_words(room: RoomName, wanted: LessWords, node: NodeOf, caller: Caller) -> WordsAck:
    """Look for these words no more."""
    answer = await node.rooms.call(caller, room, "words.remove", wanted, None)
    return WordsAck.model_validate_json(answer.data)


@router.get("/audit", responses=refusals(404))
async def list_audit(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    before: Annotated[int, Query(ge=1, le=NEWEST, description="`next` of the page before")] = NEWEST,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    subject: Annotated[str | None, Query(min_length=1, max_length=128, description="only about this")] = None,
) -> AuditPage:
    """What the staff did: who, when, what; the newest first."""
    require_role(caller, room)
    found = await node.value.moderation.file.list(room, before, limit, subject)
    return AuditPage(
        entries=[view_entry(each) for each in found], next=found[-1].number if len(found) == limit else None
    )


async def _change_talk(node: Node, caller: Identity, room: str, type_: str, wanted: Model) -> TalkView:
    answer = await node.rooms.call(caller, room, type_, wanted, None)
    return TalkAck.model_validate_json(answer.data).talk


def _holds(sanction: Sanction, now_ms: int) -> bool:
    return sanction.until_ms is None or now_ms < sanction.until_ms
