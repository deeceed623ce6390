"""Levels and the fan club over HTTP: ranks page by page, one person, joining and leaving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.levels.club import Wish, club_fact
from liveroom.rooms.levels.deeds import LevelTerms, terms_of
from liveroom.rooms.levels.handlers import require_club
from liveroom.rooms.levels.telling import my_level
from liveroom.rooms.messages.club import ClubAck, JoinClub, LeaveClub
from liveroom.rooms.messages.level import MyLevel, ShareRoom
from liveroom.rooms.messages.people import Count, EpochMs, Name, UserId, Visitor
from liveroom.rooms.rules.points import Fan, standing_of
from liveroom.rooms.rules.traits import clean_name
from liveroom.rooms.storage.fans import After
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.staff import require_role
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["levels"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429)
PAGE = r"^[0-9]{1,9}:[0-9]{1,19}:[^\x00-\x20\x7f-\xa0]{1,128}$"
Behind = Annotated[str | None, Query(pattern=PAGE, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


class FanView(Model):
    """One place."""

    rank: Annotated[int, Field(ge=1, description="counted from 1")]
    user: Visitor
    points: Annotated[Count, Field(description="in the room; in the club where members are listed")]
    since: Annotated[EpochMs | None, Field(description="member of the fan club since then; null: no member")] = None


class FanPage(Model):
    """Some places; `next` is the `after` of the next page."""

    fans: list[FanView]
    next: str | None = None


class NewMember(Model):
    """Whom the app lets into the fan club."""

    name: Name


Member = Annotated[NewMember, Body(examples=[{"name": "小雨"}])]


@router.get("/fans", responses=refusals(404))
async def list_fans(room: RoomName, node: NodeOf, caller: Caller, after: Behind = None, limit: Limit = 50) -> FanPage:
    """Who has earned most in the room, highest first; of equal points the user id that sorts first."""
    terms = await _enter(node, room, caller)
    start = _read(after)
    found = await node.value.levels.pages.rank(room, limit, start)
    return _page([(fan, fan.points) for fan in found], start, limit, terms)


@router.get("/club/members", responses=refusals(404))
async def list_members(
    room: RoomName, node: NodeOf, caller: Caller, after: Behind = None, limit: Limit = 50
) -> FanPage:
    """Members of the fan club by their points in it, highest first; of equal points the user id that sorts first."""
    terms = await _enter(node, room, caller)
    start = _read(after)
    found = await node.value.levels.pages.members(room, limit, start)
    return _page([(fan, fan.club_points) for fan in found], start, limit, terms)


@router.get("/fans/{user_id}", responses=refusals(404))
async def read_fan(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> MyLevel:
    """What one person has earned; for themselves and for the staff."""
    terms = await _enter(node, room, caller)
    if user_id != caller.user_id:
        require_role(caller, room)
    fan = await node.value.levels.pages.find(room, user_id) or Fan(user_id, user_id)
    return my_level(fan, terms, node.clock.now_ms())


@router.post("/club/join", responses=COMMAND)
async def join_club(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> ClubAck:
    """Become a member of the fan club."""
    answer = await node.rooms.call(caller, room, "club.join", JoinClub(), idempotency_key or make_key())
    return ClubAck.model_validate_json(answer.data)


@router.post("/club/leave", responses=COMMAND)
async def leave_club(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> ClubAck:
    """Be a member no more."""
    answer = await node.rooms.call(caller, room, "club.leave", LeaveClub(), idempotency_key or make_key())
    return ClubAck.model_validate_json(answer.data)


@router.put("/club/members/{user_id}", responses=refusals(404, 409, *WITH_BODY))
async def let_in(room: RoomName, user_id: UserId, member: Member, node: NodeOf, _: Operator) -> ClubAck:
    """Make somebody a member, as the app that takes money for it does."""
    return await _change(node, room, user_id, clean_name(member.name, user_id), joins=True)


@router.delete("/club/members/{user_id}", responses=COMMAND)
async def let_out(room: RoomName, user_id: UserId, node: NodeOf, _: Operator) -> ClubAck:
    """Make somebody a member no more."""
    known = await node.value.levels.pages.find(room, user_id)
    return await _change(node, room, user_id, known.name if known is not None else user_id, joins=False)


@router.post("/shares", status_code=202, responses=refusals(404, 409, 429, *WITH_BODY))
async def share_room(
    room: RoomName,
    share: Annotated[ShareRoom, Body(examples=[{"to": "wechat"}])],
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Tell that the caller, who is in the room, has shown it to others."""
    await node.rooms.call(caller, room, "room.share", share, idempotency_key or make_key())


async def _enter(node: Node, room: str, caller: Caller) -> LevelTerms:
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    return terms_of(opened)


async def _change(node: Node, room: str, user_id: str, name: str, *, joins: bool) -> ClubAck:
    opened = await node.rooms.room(room)
    require_club(opened)
    viewer = opened.attendance.viewers.get(user_id)
    if viewer is not None and viewer.traits.role is Role.GUEST:
        raise RealtimeError(ErrorCode.FORBIDDEN, "a guest cannot be a member", field="user_id")
    level = viewer.traits.level if viewer is not None else node.value.levels.standings.find(room, user_id).level
    wish = Wish(joins, name, viewer.traits.demo if viewer is not None else False, level, terms_of(opened))
    fact = club_fact(room, user_id, make_key(), wish, node.clock.now_ms())
    answer = await node.storage.ledger.write(fact)
    return ClubAck.model_validate_json(answer.data)


def _view(rank: int, fan: Fan, points: int, terms: LevelTerms) -> FanView:
    standing = standing_of(fan, terms.levels, terms.club)
    user = Visitor(id=fan.user_id, name=fan.name, level=standing.level, club=standing.club, demo=fan.demo)
    return FanView(rank=rank, user=user, points=points, since=fan.member_since_ms)


def _page(found: Sequence[tuple[Fan, int]], start: After | None, limit: int, terms: LevelTerms) -> FanPage:
    first = start.rank + 1 if start else 1
    views = [_view(rank, fan, points, terms) for rank, (fan, points) in enumerate(found, first)]
    if len(views) < limit:
        return FanPage(fans=views)
    last = views[-1]
    return FanPage(fans=views, next=f"{last.rank}:{last.points}:{last.user.id}")


def _read(after: str | None) -> After | None:
    if after is None:
        return None
    rank, points, user_id = after.split(":", 2)
    return After(int(rank), min(int(points), 2**63 - 1), user_id)
