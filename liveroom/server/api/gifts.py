"""Gifts over HTTP: the catalogue for everybody, its changes, gifts of trusted servers, ranks, charges."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.gift import (
    NAME_CHARS,
    Gift,
    GiftAck,
    GiftCount,
    GiftCurrency,
    GiftEffect,
    GiftId,
    GiftNames,
    GiftStatus,
    Icon,
    Price,
    SendGift,
    Window,
)
from liveroom.rooms.messages.money import Amount
from liveroom.rooms.messages.people import Level, Name, UserId, Visitor
from liveroom.rooms.rules.charges import ChargeState
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.traits import clean_name
from liveroom.server.api.access import DOCUMENTED, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals, stranger_refusals

public = APIRouter(prefix="/api/v1", tags=["gifts"])
router = APIRouter(prefix="/api/v1", tags=["gifts"], dependencies=DOCUMENTED)


class PutGift(Model):
    """A gift to be, or as it is to be."""

    names: GiftNames
    price: Price
    effect: Annotated[GiftEffect, Field(strict=False)] = GiftEffect.FLOAT
    combo_window_ms: Window = 5_000
    icon: Icon
    status: Annotated[GiftStatus, Field(strict=False)] = GiftStatus.ON


EXAMPLE = {"names": {"zh": "玫瑰", "en": "Rose"}, "price": 10, "effect": "float", "icon": "🌹"}
Wanted = Annotated[PutGift, Body(examples=[EXAMPLE])]


class Giver(Model):
    """Whose gift it is."""

    id: UserId
    name: Name
    level: Level = 0


class GiveGift(Model):
    """A gift that the app has charged already."""

    gift: GiftId
    count: GiftCount = 1
    user: Giver
    to: Annotated[UserId | None, Field(description="who gets it; absent: the host of the room")] = None


Given = Annotated[GiveGift, Body(examples=[{"gift": "rose", "count": 3, "user": {"id": "u1", "name": "小雨"}}])]


class Offer(Model):
    """The catalogue."""

    currency: GiftCurrency
    open: Annotated[bool, Field(description="viewers can give on this server")]
    gifts: list[Gift]


class GivenGift(Model):
    """What became of a gift."""

    duplicate: Annotated[bool, Field(description="a repeat of an earlier call; this is the first answer")] = False
    data: GiftAck


class ChargeView(Model):
    """A charge that billing was asked for."""

    id: str
    room: str
    show_id: str
    user_id: UserId
    gift: str
    count: int
    amount: Amount
    currency: GiftCurrency
    state: ChargeState
    reason: str | None
    attempts: int
    created_at: Annotated[int, Field(description="epoch ms, UTC")]


class ChargePage(Model):
    """Some charges; `next` is the `after` of the next page."""

    charges: list[ChargeView]
    next: str | None = None


@public.get("/gifts", response_class=Response, responses={200: {"model": Offer}, **stranger_refusals()})
async def read_gifts(node: NodeOf, if_none_match: Annotated[str | None, Header(max_length=1000)] = None) -> Response:
    """All gifts, those that are off too, since past gifts name them. Answered 304 when `If-None-Match` has it."""
    catalogue = node.value.gifts.catalogue
    headers = {"ETag": catalogue.etag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if catalogue.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(catalogue.body, headers=headers, media_type="application/json")


@router.put("/gifts/{gift}", responses=refusals(*WITH_BODY))
async def put_gift(gift: Annotated[GiftId, Path()], wanted: Wanted, node: NodeOf, caller: Operator) -> Gift:
    """Add a gift, or change it. Combos that run go on; what they have cost stays."""
    names = GiftNames(zh=_name(wanted.names.zh, "names.zh"), en=_name(wanted.names.en, "names.en"))
    made = Gift(
        id=gift,
        names=names,
        price=wanted.price,
        effect=wanted.effect,
        combo_window_ms=wanted.combo_window_ms,
        icon=wanted.icon,
        status=wanted.status,
    )
    await node.value.gifts.catalogue.put(made, caller.user_id)
    return made


@router.post("/rooms/{room}/gifts", responses=refusals(404, 409, *WITH_BODY))
async def give_gift(
    room: RoomName, given: Given, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None
) -> GivenGift:
    """Give in the name of a user what the app has charged already; `outcome` says whether it was given."""
    if idempotency_key is None:
        text = "a gift needs an `Idempotency-Key`, so that it is given once"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="Idempotency-Key")
    opened = await node.rooms.room(room)
    by = Visitor(id=given.user.id, name=clean_name(given.user.name, given.user.id), level=given.user.level)
    wanted = SendGift(gift=given.gift, count=given.count, to=given.to)
    answer = await node.value.gifts.giver.give_for(opened, by, wanted, caller.user_id, idempotency_key)
    return GivenGift(duplicate=answer.duplicate, data=GiftAck.model_validate_json(answer.data))


@router.get("/charges", responses=refusals())
async def list_charges(
    node: NodeOf,
    _: Operator,
    state: ChargeState,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ChargePage:
    """Charges in a state: `voiding` and `owed` wait for billing, `unpaid` were given and never paid."""
    found = await node.value.gifts.charges.list(state, after, limit)
    charges = [
        ChargeView(
            id=each.id,
            room=each.room,
            show_id=each.show,
            user_id=each.user_id,
            gift=each.gift,
            count=each.count,
            amount=each.amount,
            currency=each.currency,
            state=each.state,
            reason=each.reason,
            attempts=each.attempts,
            created_at=each.created_at_ms,
        )
        for each in found
    ]
    return ChargePage(charges=charges, next=found[-1].id if len(found) == limit else None)


def _name(name: str, field: str) -> str:
    return clean_line(name, NAME_CHARS, field, "name")
