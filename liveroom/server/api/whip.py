"""WHIP (RFC 9725) and WHEP: encoders such as OBS send to a room, and simple players receive its stage, by one call.

They are the commands `media.prepare` and `media.offer` in one, so who may do it is the same as on the socket: whoever
is expected on the stage may send, and some may watch. Candidates are neither needed nor read; `PATCH` takes them in
silence.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.realtime.media.base import SDP_CHARS
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.media import AnswerAck, LeaveMedia, OfferMedia, PrepareMedia, TicketAck
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["media"], dependencies=DOCUMENTED)

SDP = "application/sdp"
TEXT = {"schema": {"type": "string"}}
OFFER: dict[str, Any] = {"requestBody": {"required": True, "content": {SDP: TEXT}}}
ANSWERED: dict[int | str, dict[str, Any]] = {
    201: {"description": "the answer; `Location` is where to end it", "content": {SDP: TEXT}},
    **refusals(404, 409, 429, *WITH_BODY),
}
SessionName = Annotated[str, Path(max_length=64, pattern=r"^m_[0-9a-f]+$", description="from `Location`")]


async def read_offer(request: Request) -> str:
    """The description in the body; its size is bounded already.

    Raises:
        RealtimeError: it is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = (await request.body()).decode("utf-8", "replace")
    if kind != SDP or not 0 < len(text) <= SDP_CHARS:
        raise RealtimeError(ErrorCode.INVALID_FIELD, f"send a description with the content type {SDP}", field="sdp")
    return text


OfferText = Annotated[str, Depends(read_offer)]


@router.post("/whip", status_code=201, response_class=Response, responses=ANSWERED, openapi_extra=OFFER)
async def send_media(room: RoomName, caller: Caller, offer: OfferText, node: NodeOf) -> Response:
    """Send audio and video to the stage (WHIP), as its host or as somebody who is expected there."""
    return await _answer(node, caller, room, offer, watch=False)


@router.post("/whep", status_code=201, response_class=Response, responses=ANSWERED, openapi_extra=OFFER)
async def watch_media(room: RoomName, caller: Caller, offer: OfferText, node: NodeOf) -> Response:
    """Receive the stage (WHEP); the description offers a place for each person to be seen."""
    return await _answer(node, caller, room, offer, watch=True)


@router.patch("/media/{session}", status_code=204, responses=refusals(404, 429, 408, 413))
async def take_candidates(room: RoomName, session: SessionName, caller: Caller) -> None:
    """Candidates of a client. They are not needed: it is answered where its own checks come from."""


@router.delete("/media/{session}", status_code=204, responses=refusals(404, 409, 429))
async def end_media(room: RoomName, session: SessionName, node: NodeOf, caller: Caller) -> None:
    """End the caller's connection; `not_found` for one that a newer one has replaced."""
    known = node.value.media.air.find(room, caller.user_id)
    if known is not None and known.session not in (None, session):
        raise Refusal(ErrorCode.NOT_FOUND, "this connection has ended", field="session")
    await node.rooms.call(caller, room, "media.leave", LeaveMedia(), secrets.token_hex(8))


async def _answer(node: Node, caller: Identity, room: str, offer: str, *, watch: bool) -> Response:
    ticket = TicketAck.model_validate_json(await _do(node, caller, room, "media.prepare", PrepareMedia(watch=watch)))
    wanted = OfferMedia(ticket=ticket.ticket, sdp=offer)
    try:
        answer = AnswerAck.model_validate_json(await _do(node, caller, room, "media.offer", wanted))
    except RealtimeError:
        await _give_back(node, caller, room)
        raise
    headers = {"Location": f"/api/v1/rooms/{room}/media/{answer.session}"}
    return Response(answer.sdp, 201, headers, SDP)


async def _give_back(node: Node, caller: Identity, room: str) -> None:
    """End the ticket of a call that failed, which no socket would end: it takes a place of those who watch."""
    known = node.value.media.air.find(room, caller.user_id)
    if known is not None and not known.kinds:
        with contextlib.suppress(RealtimeError):  # the engine is away, and knows of nobody when it is back
            await _do(node, caller, room, "media.leave", LeaveMedia())


async def _do(node: Node, caller: Identity, room: str, type_: str, data: Model) -> bytes:
    answer = await node.rooms.call(caller, room, type_, data, secrets.token_hex(8))
    return answer.data
