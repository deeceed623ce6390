"""Lotteries over HTTP: open, enter, draw, and the proof that everybody may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.lottery import (
    MOST_ENTRIES,
    CancelLottery,
    DrawLottery,
    EnterLottery,
    EntryAck,
    HideLottery,
    LotteryAck,
    LotteryId,
    LotteryView,
    OfLottery,
    OpenLottery,
)
from liveroom.rooms.messages.people import Count, UserId
from liveroom.rooms.rules.draw import FORMAT
from liveroom.rooms.rules.proof import Proof
from liveroom.rooms.value.lotteries.lotteries import LotteryReport
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals, stranger_refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.places import After, read_place, write_place
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

public = APIRouter(prefix="/api/v1/lotteries", tags=["lotteries"])
router = APIRouter(prefix="/api/v1/rooms/{room}/lotteries", tags=["lotteries"], dependencies=DOCUMENTED)

PAGE = 5_000
COMMAND = refusals(404, 409, 429, *WITH_BODY)
EXAMPLE = {
    "title": "今晚抽奖",
    "prizes": [{"name": "免单", "count": 1}, {"name": "满减券", "count": 10}],
    "way": {"how": "comment", "keyword": "666"},
    "lasts_s": 180,
}
Wanted = Annotated[OpenLottery, Body(examples=[EXAMPLE])]
Lottery = Annotated[LotteryId, Path()]


class LotteryReportView(Model):
    """A lottery as staff see it."""

    lottery: LotteryView
    entered: Annotated[Count, Field(description="how many have entered so far")]
    by: Annotated[UserId, Field(description="who has opened it")]


class LotteryPage(Model):
    """Some lotteries; `next` is the `after` of the next page."""

    lotteries: list[LotteryReportView]
    next: str | None = None


class MadeEntry(Model):
    """What became of an entry."""

    duplicate: Annotated[bool, Field(description="a repeat of an earlier call; this is the first answer")] = False
    data: EntryAck


@public.get(
    "/{lottery}/proof",
    response_class=Response,
    responses={200: {"model": Proof}, **stranger_refusals(404, 409, 422, 503)},
)
async def read_proof(
    lottery: Lottery,
    node: NodeOf,
    after: Annotated[int, Query(ge=0, le=MOST_ENTRIES, description="`next` of the page before")] = 0,
) -> Response:
    """What a draw was made from, so that anyone can work it out again; once the winners are told."""
    lotteries = node.value.lotteries.all
    state = await lotteries.find(lottery)
    if state.winners is None or state.entries is None or state.entries_hash is None:
        text = "this lottery is not drawn; its seed is not told before"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=state.status.value)
    tickets = await lotteries.tickets(state)
    end = after + PAGE
    proof = Proof(
        format=FORMAT,
        lottery=state.id,
        title=state.title,
        prizes=state.prizes,
        opened_at=state.opened_at_ms,
        commitment=state.commitment,
        seed=state.seed,
        entries=state.entries,
        entries_hash=state.entries_hash,
        winners=state.winners,
        tickets=tuple(tickets[after:end]),
        next=end if end < len(tickets) else None,
    )
    headers = {"Cache-Control": "public, max-age=86400, immutable", "Access-Control-Allow-Origin": "*"}
    return Response(encode_value(proof), headers=headers, media_type="application/json")


@router.post("", status_code=201, responses=COMMAND)
async def open_lottery(
    room: RoomName, wanted: Wanted, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> LotteryAck:
    """Let people enter. The same call with the same key opens no second lottery."""
    return await _command(node, caller, room, "lottery.open", wanted, idempotency_key)


@router.get("", responses=refusals(404))
async def list_lotteries(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> LotteryPage:
    """Lotteries of the room for its staff, those changed last first."""
    await require_staff(node, caller, room)
    reports, end = await node.value.lotteries.all.list_room(room, read_place(after), limit)
    return LotteryPage(lotteries=[_view(report) for report in reports], next=write_place(end))


@router.get("/{lottery}", responses=refusals(404))
async def read_lottery(room: RoomName, lottery: Lottery, node: NodeOf, caller: Caller) -> LotteryReportView:
    """One lottery with how many have entered, for the staff of the room."""
    await require_staff(node, caller, room)
    return _view(await node.value.lotteries.all.report(room, lottery))


@router.post("/{lottery}/entries", responses=COMMAND)
async def enter_lottery(
    room: RoomName, lottery: Lottery, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> MadeEntry:
    """Enter as the caller, once."""
    wanted = EnterLottery(lottery=lottery)
    answer = await node.rooms.call(caller, room, "lottery.enter", wanted, idempotency_key or make_key())
    return MadeEntry(duplicate=answer.duplicate, data=EntryAck.model_validate_json(answer.data))


@router.post("/{lottery}/draw", responses=COMMAND)
async def draw_lottery(
    room: RoomName, lottery: Lottery, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> LotteryAck:
    """Take no more entries and draw, before the time is over."""
    return await _command(node, caller, room, "lottery.draw", DrawLottery(lottery=lottery), idempotency_key)


@router.post("/{lottery}/cancel", responses=COMMAND)
async def cancel_lottery(
    room: RoomName, lottery: Lottery, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> LotteryAck:
    """Withdraw a lottery that is open; nobody wins."""
    return await _command(node, caller, room, "lottery.cancel", CancelLottery(lottery=lottery), idempotency_key)


@router.post("/{lottery}/hide", responses=COMMAND)
async def hide_lottery(
    room: RoomName, lottery: Lottery, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> LotteryAck:
    """Take a lottery that is drawn out of the room; its result is kept."""
    return await _command(node, caller, room, "lottery.hide", HideLottery(lottery=lottery), idempotency_key)


async def _command(
    node: Node, caller: Identity, room: str, type_: str, wanted: OpenLottery | OfLottery, key: str | None
) -> LotteryAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return LotteryAck.model_validate_json(answer.data)


def _view(report: LotteryReport) -> LotteryReportView:
    return LotteryReportView(lottery=report.state.view(), entered=report.entered, by=report.state.by)
