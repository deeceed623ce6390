"""Refusals of the engine on their way to another process: the same class, code and words on both sides."""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.media.errors import (
    MediaError,
    MediaOverloaded,
    MediaUnavailable,
    MediaUnsupported,
    NotConnected,
    OfferRefused,
    TicketRefused,
)
from liveroom.realtime.media.sfu.rpc import Message

_CLASSES: dict[str, type[MediaError]] = {
    kind.__name__: kind
    for kind in (TicketRefused, OfferRefused, NotConnected, MediaOverloaded, MediaUnsupported, MediaUnavailable)
}
FAULT: Message = {
    "kind": "", "code": ErrorCode.INTERNAL, "message": "audio and video have a fault", "retry_after_ms": None,
    "facts": {},
}  # fmt: skip


def pack_refusal(error: RealtimeError) -> Message:
    """A refusal as a message."""
    return {
        "kind": type(error).__name__,
        "code": error.code,
        "message": error.message,
        "retry_after_ms": error.retry_after_ms,
        "facts": error.facts,
    }


def unpack_refusal(packed: Message) -> MediaError:
    """The refusal in a message of `pack_refusal`."""
    kind = _CLASSES.get(packed["kind"], MediaError)
    error = kind.__new__(kind)
    facts = {"retry_after_ms": packed["retry_after_ms"], **packed["facts"]}
    MediaError.__init__(error, packed["code"], packed["message"], **facts)
    return error
