"""Errors of media engines.

MediaError
├── TicketRefused      the ticket is unknown, has ended, or is not for this; ask for a new one
├── OfferRefused       a description (SDP) that cannot be read or answered; `reason` says what is wrong with it
├── WebhookRefused     what claims to be told by the media server is not signed by it
├── NotConnected       nobody of this name has a ticket in this room
├── MediaOverloaded    the engine carries as much as it may; try later or elsewhere
├── MediaUnsupported   this engine cannot do it; its `capabilities` say so beforehand
└── MediaUnavailable   the engine did not answer in time, or is being started again
"""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError

RETRY_MS = 500


class MediaError(RealtimeError):
    """Root of the tree; a subclass of the realtime root, so that a connection can answer with it."""


class TicketRefused(MediaError):
    """The ticket is not accepted."""

    def __init__(self, message: str = "this ticket is unknown or has ended; ask for a new one") -> None:
        super().__init__(ErrorCode.NOT_FOUND, message)


class OfferRefused(MediaError):
    """The offer cannot be answered.

    Args:
        reason: what is wrong with it, for the author of the client.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(ErrorCode.INVALID_FIELD, f"this offer cannot be answered: {reason}", field="sdp")


class WebhookRefused(MediaError):
    """A webhook was not signed by the media server."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.INVALID_TOKEN, message)


class NotConnected(MediaError):
    """Nobody of this name has a ticket in this room."""

    def __init__(self, user_id: str) -> None:
        super().__init__(ErrorCode.NOT_FOUND, "this person has no media connection here", user_id=user_id)


class MediaOverloaded(MediaError):
    """The engine refuses new connections, for the sake of those that it has."""

    def __init__(self, message: str = "there is no room for more audio and video now; try again later") -> None:
        super().__init__(ErrorCode.OVERLOADED, message, retry_after_ms=5_000)


class MediaUnsupported(MediaError):
    """The engine cannot do it."""

    def __init__(self, what: str) -> None:
        super().__init__(ErrorCode.WRONG_STATE, f"the media engine of this server cannot {what}", state="unsupported")


class MediaUnavailable(MediaError):
    """The engine did not answer; a repeat is harmless."""

    def __init__(self, message: str = "audio and video cannot be reached now; try again") -> None:
        super().__init__(ErrorCode.UNAVAILABLE, message, retry_after_ms=RETRY_MS)
