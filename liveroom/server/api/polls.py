"""Polls over HTTP: ask, vote, close, and what they came to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.people import EpochMs, UserId
from liveroom.rooms.messages.poll import (
    CancelPoll,
    ChoiceId,
    ClosePoll,
    HidePoll,
    OfPoll,
    OpenPoll,
    Picked,
    PollAck,
    PollId,
    PollView,
    SettlePoll,
    Tally,
    Vote,
    VoteAck,
)
from liveroom.rooms.value.polls.polls import PollReport
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.places import After, read_place, write_place
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/polls", tags=["polls"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
EXAMPLE = {"question": "下一件先看哪个颜色？", "choices": ["红色", "蓝色"], "lasts_s": 60}
Asked = Annotated[OpenPoll, Body(examples=[EXAMPLE])]
Poll = Annotated[PollId, Path()]


class PollReportView(Model):
    """A poll as staff see it: with the votes so far, also of a secret one."""

    poll: PollView
    tally: Tally
    by: Annotated[UserId, Field(description="who has asked")]
    answer: Annotated[ChoiceId | None, Field(description="quiz: the right choice, also before it is told")] = None
    over_at: Annotated[EpochMs | None, Field(description="when it was closed, settled or cancelled")] = None


class PollPage(Model):
    """Some polls; `next` is the `after` of the next page."""

    polls: list[PollReportView]
    next: str | None = None


class SendVote(Model):
    """A vote."""

    choices: Picked


class SettleAs(Model):
    """What has come true."""

    right: ChoiceId


Voted = Annotated[SendVote, Body(examples=[{"choices": ["a"]}])]
CameTrue = Annotated[SettleAs, Body(examples=[{"right": "a"}])]


class CastVote(Model):
    """What became of a vote."""

    duplicate: Annotated[bool, Field(description="a repeat of an earlier call; this is the first answer")] = False
    data: VoteAck


@router.post("", status_code=201, responses=COMMAND)
async def open_poll(
    room: RoomName, asked: Asked, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> PollAck:
    """Ask something. The same call with the same key opens no second poll."""
    return await _command(node, caller, room, "poll.open", asked, idempotency_key)


@router.get("", responses=refusals(404))
async def list_polls(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> PollPage:
    """Polls of the room for its staff, those changed last first."""
    await require_staff(node, caller, room)
    reports, end = await node.value.polls.all.list_room(room, read_place(after), limit)
    return PollPage(polls=[_view(report) for report in reports], next=write_place(end))


@router.get("/{poll}", responses=refusals(404))
async def read_poll(room: RoomName, poll: Poll, node: NodeOf, caller: Caller) -> PollReportView:
    """One poll with the votes so far, for the staff of the room."""
    await require_staff(node, caller, room)
    return _view(await node.value.polls.all.report(room, poll))


@router.post("/{poll}/votes", responses=COMMAND)
async def cast_vote(
    room: RoomName, poll: Poll, vote: Voted, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> CastVote:
    """Vote as the caller, once."""
    wanted = Vote(poll=poll, choices=vote.choices)
    answer = await node.rooms.call(caller, room, "poll.vote", wanted, idempotency_key or make_key())
    return CastVote(duplicate=answer.duplicate, data=VoteAck.model_validate_json(answer.data))


@router.post("/{poll}/close", responses=COMMAND)
async def close_poll(
    room: RoomName, poll: Poll, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> PollAck:
    """Take no more votes, and tell the result."""
    return await _command(node, caller, room, "poll.close", ClosePoll(poll=poll), idempotency_key)


@router.post("/{poll}/settle", responses=COMMAND)
async def settle_poll(
    room: RoomName, poll: Poll, settled: CameTrue, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> PollAck:
    """Say which choice of a prediction has come true."""
    wanted = SettlePoll(poll=poll, right=settled.right)
    return await _command(node, caller, room, "poll.settle", wanted, idempotency_key)


@router.post("/{poll}/cancel", responses=COMMAND)
async def cancel_poll(
    room: RoomName, poll: Poll, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> PollAck:
    """Withdraw a poll that is open, or a prediction that is not settled."""
    return await _command(node, caller, room, "poll.cancel", CancelPoll(poll=poll), idempotency_key)


@router.post("/{poll}/hide", responses=COMMAND)
async def hide_poll(
    room: RoomName, poll: Poll, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> PollAck:
    """Take a poll that is over out of the room; its result is kept."""
    return await _command(node, caller, room, "poll.hide", HidePoll(poll=poll), idempotency_key)


async def _command(
    node: Node, caller: Identity, room: str, type_: str, wanted: OpenPoll | OfPoll, key: str | None
) -> PollAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return PollAck.model_validate_json(answer.data)


def _view(report: PollReport) -> PollReportView:
    state = report.state
    return PollReportView(
        poll=state.view(), tally=report.tally, by=state.by, answer=state.right, over_at=state.over_at_ms
    )
