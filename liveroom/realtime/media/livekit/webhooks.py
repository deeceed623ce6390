"""What the LiveKit server tells by webhook.

Promise: only what was signed with the API secret, over exactly this body, is read. Webhooks come late, twice and in any
order; `News` carries what is needed to see that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import Any, Final

import jwt
from google.protobuf.json_format import Parse, ParseError
from livekit.api import DisconnectReason, ParticipantInfo, TokenVerifier, WebhookEvent
from pydantic import TypeAdapter

from liveroom.realtime.media.errors import WebhookRefused
from liveroom.realtime.media.events import Ended, Kind
from liveroom.realtime.media.livekit.calls import TYPES
from liveroom.realtime.media.livekit.terms import LiveKitTerms
from liveroom.realtime.media.livekit.tokens import NUMBER, OF

KINDS = {type_: kind for kind, type_ in TYPES.items()}
ENDS: Final = {
    DisconnectReason.CLIENT_INITIATED: Ended.LEFT,
    DisconnectReason.DUPLICATE_IDENTITY: Ended.REPLACED,
    DisconnectReason.PARTICIPANT_REMOVED: Ended.REMOVED,
    DisconnectReason.ROOM_DELETED: Ended.REMOVED,
    DisconnectReason.ROOM_CLOSED: Ended.REMOVED,
}
"""What is the end; whoever goes for another reason may come back."""


class What(StrEnum):
    """What has happened, in the words of LiveKit."""

    JOINED = "participant_joined"
    LEFT = "participant_left"
    ABORTED = "participant_connection_aborted"
    PUBLISHED = "track_published"


@dataclass(frozen=True, slots=True)
class News:
    """One webhook.

    Args:
        sid: names one connection of this person.
        number: of the token with which it was made.
        of: the room from which somebody only looks; None: a person of this room.
        why: why it is gone for good; None: perhaps it is not.
        kind: what was published.
        receives: whether this person may receive, as far as LiveKit knows.
    """

    what: What
    room: str
    identity: str
    sid: str
    number: str
    of: str | None = None
    why: Ended | None = None
    kind: Kind | None = None
    receives: bool = False

    def pack(self) -> dict[str, Any]:
        """For other nodes."""
        return asdict(self)


_news = TypeAdapter(News)


def unpack_news(packed: dict[str, Any]) -> News:
    """From another node."""
    return _news.validate_python(packed, strict=False)


def read_webhook(terms: LiveKitTerms, body: bytes, token: str) -> News | None:
    """What a webhook tells; None: nothing that matters here.

    Raises:
        WebhookRefused: it does not come from the LiveKit server.
    """
    _verify(terms, body, token)
    try:
        event = Parse(body.decode(), WebhookEvent(), ignore_unknown_fields=True)
    except (ParseError, UnicodeDecodeError):
        raise WebhookRefused("this is no webhook of LiveKit") from None
    if event.event not in frozenset(What):
        return None
    person = event.participant
    return read_person(What(event.event), event.room.name, person, KINDS.get(event.track.type))


def read_person(what: What, room: str, person: ParticipantInfo, kind: Kind | None = None) -> News:
    """What is told about somebody."""
    attributes = person.attributes
    why = ENDS.get(person.disconnect_reason)
    number, of = attributes.get(NUMBER, ""), attributes.get(OF) or None
    published = kind if what is What.PUBLISHED else None
    receives = person.permission.can_subscribe
    return News(what, room, person.identity, person.sid, number, of, why, published, receives)


def _verify(terms: LiveKitTerms, body: bytes, token: str) -> None:
    try:
        claims = TokenVerifier(terms.key, terms.secret).verify(token.removeprefix("Bearer ").strip())
        signed = base64.b64decode(claims.sha256 or "", validate=True)
    except (jwt.PyJWTError, binascii.Error, ValueError, TypeError, AttributeError):
        raise WebhookRefused("this webhook is not signed with the API key of LiveKit") from None
    if not compare_digest(signed, hashlib.sha256(body).digest()):
        raise WebhookRefused("the signature of this webhook is over another body")
