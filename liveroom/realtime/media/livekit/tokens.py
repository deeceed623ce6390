"""Tokens for clients of LiveKit.

Promise: every grant is written out, above all `canPublish`, which is true where a token does not name it. A token
carries a number of its own, by which its holder is known again when he connects.
"""

from __future__ import annotations

import datetime

from livekit.api import AccessToken, ParticipantPermission, TrackSource, VideoGrants

from liveroom.realtime.media.events import Kind, Kinds
from liveroom.realtime.media.livekit.terms import LiveKitTerms

NUMBER = "liveroom.ticket"
"""Attribute with the number of the token; no secret, since others in the room can read it."""
OF = "liveroom.of"
"""Attribute of those who only look at a linked room: the room they are from."""
MARK = "\x1f"
"""Stands in no name of ours; so nobody's name is that of a looker."""

SOURCES: dict[Kind, tuple[tuple[str, TrackSource], ...]] = {
    Kind.AUDIO: (("microphone", TrackSource.MICROPHONE),),
    Kind.VIDEO: (("camera", TrackSource.CAMERA),),
}


def make_token(terms: LiveKitTerms, room: str, user_id: str, number: str, *, sends: Kinds, receives: bool) -> str:
    """A token for somebody in a room."""
    grants = VideoGrants(
        room_join=True,
        room=room,
        can_publish=bool(sends),
        can_publish_sources=[name for kind in sorted(sends) for name, _ in SOURCES[kind]] or None,
        can_publish_data=False,
        can_subscribe=receives,
        can_update_own_metadata=False,
        hidden=False,
    )
    return _sign(terms, user_id, grants, {NUMBER: number})


def make_link_token(terms: LiveKitTerms, room: str, user_id: str, number: str, *, home: str) -> str:
    """A token to look at a linked room, unseen and without any right to send."""
    grants = VideoGrants(
        room_join=True,
        room=room,
        can_publish=False,
        can_publish_data=False,
        can_subscribe=True,
        can_update_own_metadata=False,
        hidden=True,
    )
    return _sign(terms, name_looker(home, user_id), grants, {NUMBER: number, OF: home})


def name_looker(home: str, user_id: str) -> str:
    """Who somebody is in a linked room."""
    return f"{home}{MARK}{user_id}"


def make_permission(sends: Kinds, *, receives: bool) -> ParticipantPermission:
    """The same rights, for somebody who is connected."""
    return ParticipantPermission(
        can_publish=bool(sends),
        can_publish_sources=[source for kind in sorted(sends) for _, source in SOURCES[kind]],
        can_publish_data=False,
        can_subscribe=receives,
        can_update_metadata=False,
        hidden=False,
    )


def _sign(terms: LiveKitTerms, identity: str, grants: VideoGrants, attributes: dict[str, str]) -> str:
    token = AccessToken(terms.key, terms.secret).with_identity(identity).with_grants(grants)
    return token.with_attributes(attributes).with_ttl(datetime.timedelta(seconds=terms.token_s)).to_jwt()
