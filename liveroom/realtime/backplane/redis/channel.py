"""What is said on the channel of a room: events, latest values and private words, as bytes.

The publish script only joins parts that are made here, so Lua knows nothing of their form. Promise: what one version
wrote and another does not understand is refused with `ValueError`, never misread.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from liveroom.realtime.backplane.base import Event, Target, Version
from liveroom.realtime.identity import Role

EVENTS, LATEST, PRIVATE = b"e", b"l", b"p"
_HEAD = struct.Struct("<?BI")


class Batch(NamedTuple):
    """Consecutive events of a room."""

    epoch: str
    first_seq: int
    events: Sequence[Event]

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self.first_seq + len(self.events) - 1


class Latest(NamedTuple):
    """An absolute value."""

    kind: str
    version: Version
    value: bytes


class Private(NamedTuple):
    """A word to one user or role; `sender` is the node that has delivered it to its own people already."""

    sender: str
    target: Target
    payload: bytes


def event_head(event: Event) -> bytes:
    """What precedes the payload of an event in a batch."""
    kind = event.kind.encode()
    return _HEAD.pack(event.vital, len(kind), len(event.payload)) + kind


def encode_private(word: Private) -> bytes:
    """A private word as a message."""
    roles = [role.value for role in word.target.roles]
    return PRIVATE + orjson.dumps([word.sender, word.target.user_id, roles]) + b"\n" + word.payload


def decode(message: bytes) -> Batch | Latest | Private:
    """Read a message of a channel.

    Raises:
        ValueError: it is none of ours.
    """
    head, newline, body = message.partition(b"\n")
    if not newline:
        raise ValueError("a message without a head")
    if head.startswith(EVENTS):
        epoch, _, first_seq = head[1:].decode().partition(" ")
        return Batch(epoch, int(first_seq), _decode_events(body))
    if head.startswith(LATEST):
        kind, term, number = head[1:].decode().split(" ")
        return Latest(kind, (int(term), int(number)), body)
    if head.startswith(PRIVATE):
        sender, user_id, roles = orjson.loads(head[1:])
        return Private(sender, Target(user_id, frozenset(map(Role, roles))), body)
    raise ValueError("a message of a kind that is not known here")


def _decode_events(body: bytes) -> list[Event]:
    events, at = [], 0
    while at < len(body):
        try:
            vital, kind_bytes, payload_bytes = _HEAD.unpack_from(body, at)
        except struct.error:
            raise ValueError("a batch that ends in the middle of an event") from None
        kind_at = at + _HEAD.size
        payload_at = kind_at + kind_bytes
        at = payload_at + payload_bytes
        if at > len(body):
            raise ValueError("a batch that ends in the middle of an event")
        events.append(Event(body[kind_at:payload_at].decode(), body[payload_at:at], vital))
    return events
