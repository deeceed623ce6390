"""Battles over HTTP: all that a host or a viewer can do on the socket, and what a battle has come to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import RoomId
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle import (
    BattleAck,
    BattleSearchAck,
    BattleVoteAck,
    InviteBattle,
    OfBattle,
    RoomScore,
    SeekBattle,
    StopSeekingBattle,
    VoteBattle,
)
from liveroom.rooms.messages.battle_view import BattleId, BattleView, Round, Supporter
from liveroom.rooms.messages.people import UserId
from liveroom.rooms.rules.battle_state import SHOWN, BattleState, tally_of
from liveroom.rooms.rules.battle_view import view
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.gift_ranks import PAGE, read_after
from liveroom.server.api.keys import make_key
from liveroom.server.api.talk import Sent
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["battles"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429)
Wanted = Annotated[InviteBattle, Body(examples=[{"opponents": ["other"], "duration_s": 300}])]


class Step(StrEnum):
    """What a room can say about its battle."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    CANCEL = "cancel"
    AGREE_END = "agree_end"
    GO_ON = "go_on"
    QUIT = "quit"
    CUT_SHORT = "cut_short"
    REMATCH = "rematch"
    DECLINE_REMATCH = "decline_rematch"


class Voting(Model):
    """Whom a vote is for."""

    to: Annotated[RoomId, Field(description="the room voted for")]


class Voted(Sent):
    """What became of a vote."""

    data: BattleVoteAck


class BattleReport(Model):
    """A battle and the points of its round."""

    battle: BattleView
    scores: Annotated[list[RoomScore], Field(description="of each room that has joined")]


class SupporterPage(Model):
    """Some of those who made points for a room; `next` is the `after` of the next page."""

    supporters: list[Supporter]
    next: str | None = None


class BattleRecord(Model):
    """What the host of a room has come to in battles."""

    host: UserId
    rating: int
    rounds: Annotated[int, Field(ge=0, description="that were settled")]
    wins: Annotated[int, Field(ge=0)]


@router.post("/battles", status_code=201, responses=refusals(404, 409, 429, *WITH_BODY))
async def invite_battle(
    room: RoomName, wanted: Wanted, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> BattleAck:
    """Invite rooms to a battle, as the room."""
    answer = await node.rooms.call(caller, room, "battle.invite", wanted, idempotency_key or make_key())
    return BattleAck.model_validate_json(answer.data)


@router.get("/battles/now", responses=refusals(404))
async def read_present_battle(room: RoomName, node: NodeOf, caller: Caller) -> BattleReport:
    """The battle the room is in; while it is only invited to, for its staff."""
    node.rooms.admit(await node.rooms.room(room), caller)
    state = await node.value.battles.finder.of_room(room)
    if state is None:
        raise Refusal(ErrorCode.NOT_FOUND, "the room is in no battle", field="battle")
    return await _report(node, caller, room, state)


@router.get("/battles/{battle}", responses=refusals(404))
async def read_battle(room: RoomName, battle: BattleId, node: NodeOf, caller: Caller) -> BattleReport:
    """One battle of the room, also when it is over."""
    node.rooms.admit(await node.rooms.room(room), caller)
    return await _report(node, caller, room, await _find(node, room, battle))


@router.get("/battles/{battle}/supporters", responses=refusals(404))
async def list_supporters(
    room: RoomName,
    battle: BattleId,
    node: NodeOf,
    caller: Caller,
    round_: Annotated[Round | None, Query(alias="round", description="absent: the last one")] = None,
    after: Annotated[str | None, Query(pattern=PAGE, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SupporterPage:
    """Who made points for this room in a round, most points first; likes are nobody's."""
    node.rooms.admit(await node.rooms.room(room), caller)
    state = await _find(node, room, battle)
    tally = tally_of(state.id, round_ or state.round)
    start = read_after(after)
    places = await node.value.gifts.ranks.page(room, tally, limit, start)
    found = [Supporter(user=place.user, points=place.amount) for place in places]
    rank_before = start.rank if start else 0
    page_end = f"{rank_before + len(found)}:{found[-1].points}:{found[-1].user.id}" if len(found) == limit else None
    return SupporterPage(supporters=found, next=page_end)


@router.get("/battle_record", responses=refusals(404))
async def read_battle_record(room: RoomName, node: NodeOf, caller: Caller) -> BattleRecord:
    """Rating, rounds and wins of the room's host."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    host = opened.document.host.id
    rated = (await node.value.battles.ratings.of([host]))[host]
    return BattleRecord(host=host, rating=rated.rating, rounds=rated.rounds, wins=rated.wins)


@router.post("/battles/{battle}/votes", responses=refusals(404, 409, 429, *WITH_BODY))
async def vote_battle(
    room: RoomName,
    battle: BattleId,
    vote: Annotated[Voting, Body(examples=[{"to": "other"}])],
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Voted:
    """Vote for a room of the battle as the caller, a viewer; once in a round."""
    wanted = VoteBattle(battle=battle, to=vote.to)
    answer = await node.rooms.call(caller, room, "battle.vote", wanted, idempotency_key or make_key())
    return Voted(duplicate=answer.duplicate, data=BattleVoteAck.model_validate_json(answer.data))


@router.post("/battles/{battle}/{step}", responses=COMMAND)
async def say_in_battle(
    room: RoomName,
    battle: BattleId,
    step: Step,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> BattleAck:
    """Accept, refuse, cancel, end early, quit, cut the punishment short, or fight again, as the room."""
    wanted = OfBattle(battle=battle)
    answer = await node.rooms.call(caller, room, f"battle.{step.value}", wanted, idempotency_key or make_key())
    return BattleAck.model_validate_json(answer.data)


@router.post("/battle_search", responses=COMMAND)
async def seek_battle(
    room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> BattleSearchAck:
    """Look for an opponent of about the same rating."""
    answer = await node.rooms.call(caller, room, "battle.seek", SeekBattle(), idempotency_key or make_key())
    return BattleSearchAck.model_validate_json(answer.data)


@router.delete("/battle_search", responses=COMMAND)
async def stop_seeking_battle(
    room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> BattleSearchAck:
    """Look no longer."""
    wanted = StopSeekingBattle()
    answer = await node.rooms.call(caller, room, "battle.stop_seeking", wanted, idempotency_key or make_key())
    return BattleSearchAck.model_validate_json(answer.data)


async def _find(node: Node, room: str, battle: str) -> BattleState:
    state = await node.value.battles.find(battle)
    if state is None or state.find(room) is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no battle of this id here", field="battle")
    return state


async def _report(node: Node, caller: Identity, room: str, state: BattleState) -> BattleReport:
    if state.status not in SHOWN and state.starts_at_ms is None and caller.role_in(room) not in STAFF:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no battle of this id here", field="battle")
    entries = await node.value.battles.finder.scores(state)
    scores = [RoomScore.model_validate_json(orjson.dumps(entry)) for entry in entries.values()]
    return BattleReport(battle=view(state), scores=scores)
