"""A command on its way through a room, whoever sent it: a WebSocket or an HTTP call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import orjson

from liveroom.realtime.backplane.base import Position, Publication, Published, Take
from liveroom.realtime.catalogue import CommandType, Model
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.wire import encode_ack, encode_error, encode_plain_ack, encode_value
from liveroom.rooms.moderation.screen import Ruling


class Answer(NamedTuple):
    """What became of a command.

    Args:
        data: the encoded ack data, or empty.
        seq: position of its last event.
        duplicate: it had taken effect before.
    """

    data: bytes = b""
    seq: int | None = None
    duplicate: bool = False


@dataclass(slots=True)
class Decided:
    """What a handler decided.

    Args:
        events: to be published together.
        ack: data of the answer.
        then: the effect on this node's state, once it is certain that this is no repeat.
        encoded: filled in by `encoded_ack`.
        pretended: the position to answer with although nothing is published.
        committed: the change is stored; its events are owed to everybody, whatever fails from here on.
    """

    events: tuple[Model, ...] = ()
    ack: Model | None = None
    then: Callable[[], None] | None = None
    committed: bool = False
    encoded: bytes | None = None
    pretended: Position | None = None

    @property
    def encoded_ack(self) -> bytes:
        """`ack` as JSON, or empty; made once."""
        if self.encoded is None:
            self.encoded = encode_value(self.ack) if self.ack is not None else b""
        return self.encoded


@dataclass(frozen=True, slots=True)
class Deferred:
    """A handler that needs somebody outside; the room goes on, and the request comes again with what was found.

    Args:
        work: waits, in a bounded time, and notes on the request what it has found; raises `RealtimeError` to refuse.
            It must not hold the request.
    """

    work: Callable[[Request], Awaitable[None]]


@dataclass(slots=True)
class Request:
    """One command, checked by the decoder, with whoever waits for the answer.

    Args:
        role: of the sender in this room.
        verdict, position, fingerprint, publication: filled in on the way.
        number: the command's id; None when no answer is wanted.
        has_waited: it was deferred and comes again; its limits were taken before.
        review: what the app's own judge has said of its text, once it has.
        held: whether it waits for the staff now, as `made_id`; None: it was not tried. False: too many wait.
        made_id: of what it makes, once that has one.
        turn: what it was charged where the room is slow.
        connection: where it came from, or None for HTTP.
        waiting: the HTTP call that waits.
        arrived_s: monotonic seconds.
    """

    identity: Identity
    role: Role
    declared: CommandType
    data: Model
    key: str | None
    number: int | None
    arrived_s: float
    connection: Connection | None = None
    waiting: asyncio.Future[Answer] | None = None
    verdict: Decided | Published | RealtimeError | Deferred | None = None
    position: Position | None = None
    fingerprint: bytes | None = None
    publication: Publication | None = None
    has_waited: bool = False
    review: Ruling | None = None
    held: bool | None = None
    made_id: str | None = None
    turn: Take | None = None

    @property
    def unique_key(self) -> str:
        """The key, made the sender's own."""
        return f"{self.identity.user_id}\n{self.key}"

    @property
    def digest(self) -> bytes:
        """Fingerprint of the body, to tell a repeat from another command under the same key; made once."""
        if self.fingerprint is None:
            body = self.data.__pydantic_serializer__.to_json(self.data)
            self.fingerprint = blake2b(self.declared.name.encode() + body, digest_size=16).digest()
        return self.fingerprint

    @property
    def mark(self) -> str:
        """What a document remembers of the keyed command that made it."""
        return blake2b(self.unique_key.encode() + self.digest, digest_size=16).hexdigest()

    def answer(self, answer: Answer, replies: dict[Connection, list[bytes]]) -> None:
        """Answer; WebSocket frames are collected by connection and written by the caller."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(answer)
        if self.connection is not None and self.number is not None:
            if answer.data and answer.seq is None and not answer.duplicate:
                ack = encode_plain_ack(self.number, answer.data)
            else:
                data = orjson.Fragment(answer.data) if answer.data else None
                ack = encode_ack(self.number, seq=answer.seq, data=data, duplicate=answer.duplicate)
            replies.setdefault(self.connection, []).append(ack)

    def refuse(self, error: RealtimeError, replies: dict[Connection, list[bytes]]) -> None:
        """Answer with an error; one without an id is told too, since the sender may have a fault."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error)
        if self.connection is not None:
            replies.setdefault(self.connection, []).append(encode_error(self.number, error.as_object()))
