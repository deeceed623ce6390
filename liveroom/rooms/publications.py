"""What a request is charged, and what is published of it."""

from __future__ import annotations

from typing import cast

from liveroom.realtime.backplane.base import Event, Publication, Take
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.wire import encode_event
from liveroom.rooms.means import new_id
from liveroom.rooms.requests import Decided, Request


def take_of(request: Request) -> Take:
    rate = request.declared.rate
    cost = 1.0 if rate.charge is None else float(getattr(request.data, rate.charge))
    return Take(f"{request.declared.name}\n{request.identity.user_id}", rate.per_s, rate.burst, cost)


def publication_of(request: Request, now_ms: int) -> Publication:
    """What is published of a command, made once."""
    if request.publication is None:
        request.publication = make_publication(request, cast(Decided, request.verdict), now_ms)
    return request.publication


def make_publication(request: Request, decided: Decided, now_ms: int) -> Publication:
    """The publication of a decision; that of a stored change has a key in any case, since it may be told twice."""
    key = request.unique_key if request.key is not None else None
    if key is None and decided.committed:
        key = own_key()
    return Publication(
        tuple(encode_model(event, now_ms) for event in decided.events),
        key,
        request.digest if request.key is not None else b"",
        decided.encoded_ack,
    )


def own_key() -> str:
    """A key of the server. No user id begins with a line break, so no command has one like it."""
    return f"\nowed\n{new_id('o')}"


def encode_model(model: Model, now_ms: int) -> Event:
    declared = catalogue.kinds_by_model[type(model)]
    return Event(declared.kind, encode_event(declared.kind, now_ms, model), declared.vital)
