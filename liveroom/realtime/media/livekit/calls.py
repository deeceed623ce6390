"""Calls of LiveKit's room service.

Promise: each ends within `CALL_S` with a result or a `MediaError`; somebody who is not there is no error, since he may
be about to come or have just gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import aiohttp
from livekit.api import (
    DeleteRoomRequest,
    ListParticipantsRequest,
    LiveKitAPI,
    MuteRoomTrackRequest,
    ParticipantInfo,
    ParticipantPermission,
    RoomParticipantIdentity,
    ServerError,
    ServerErrorCode,
    TrackType,
    UpdateParticipantRequest,
)
from livekit.api.room_service import RoomService

from liveroom.realtime.media.errors import MediaUnavailable, MediaUnsupported
from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.livekit.terms import LiveKitTerms

logger = logging.getLogger(__name__)

CALL_S = 3.0
REFUSED = frozenset({ServerErrorCode.UNAUTHENTICATED, ServerErrorCode.PERMISSION_DENIED})
TYPES = {Kind.AUDIO: TrackType.AUDIO, Kind.VIDEO: TrackType.VIDEO}

T = TypeVar("T")


class Calls:
    """See the module."""

    def __init__(self, terms: LiveKitTerms) -> None:
        self._terms = terms
        self._api: LiveKitAPI | None = None

    def open(self) -> None:
        """Begin; connections are made when they are needed."""
        timeout = aiohttp.ClientTimeout(total=CALL_S)
        terms = self._terms
        self._api = LiveKitAPI(terms.url, terms.key, terms.secret, timeout=timeout, failover=False)

    async def close(self) -> None:
        """End."""
        api, self._api = self._api, None
        if api is not None:
            await api.aclose()

    async def find_people(self, room: str) -> Sequence[ParticipantInfo]:
        """Everybody who is connected to a room."""
        listed = await self._call(self._room.list_participants(ListParticipantsRequest(room=room)))
        return [] if listed is None else listed.participants

    async def permit(self, room: str, identity: str, permission: ParticipantPermission, *, is_here: bool) -> None:
        """Give somebody exactly these rights. What he may no longer send ends.

        Args:
            is_here: he is known to be connected. Otherwise he is looked for first, since LiveKit waits for an answer
                of whoever is not there until the call is given up.
        """
        who = RoomParticipantIdentity(room=room, identity=identity)
        if is_here or await self._call(self._room.get_participant(who)) is not None:
            request = UpdateParticipantRequest(room=room, identity=identity, permission=permission)
            await self._call(self._room.update_participant(request))

    async def mute(self, room: str, identity: str, kind: Kind, muted: bool) -> None:
        """Mute or unmute what somebody sends of a kind.

        Raises:
            MediaUnsupported: the server lets nobody be unmuted by others.
        """
        known = await self._call(self._room.get_participant(RoomParticipantIdentity(room=room, identity=identity)))
        for track in known.tracks if known is not None else ():
            if track.type == TYPES[kind] and track.muted != muted:
                request = MuteRoomTrackRequest(room=room, identity=identity, track_sid=track.sid, muted=muted)
                await self._call(self._room.mute_published_track(request))

    async def remove(self, room: str, identity: str) -> None:
        """End somebody's connection."""
        await self._call(self._room.remove_participant(RoomParticipantIdentity(room=room, identity=identity)))

    async def delete_room(self, room: str) -> None:
        """End the connections of everybody."""
        await self._call(self._room.delete_room(DeleteRoomRequest(room=room)))

    @property
    def _room(self) -> RoomService:
        if self._api is None:
            raise MediaUnavailable
        return self._api.room

    async def _call(self, call: Awaitable[T]) -> T | None:
        """The result; None when whoever is meant is not there."""
        try:
            async with asyncio.timeout(CALL_S):
                return await call
        except ServerError as error:
            if error.code == ServerErrorCode.NOT_FOUND:
                return None
            if error.code == ServerErrorCode.FAILED_PRECONDITION:
                raise MediaUnsupported("unmute somebody else; whoever was muted does it in the client") from None
            if error.code in REFUSED:
                logger.error("the LiveKit server refuses the API key: %s", error.message)
            raise MediaUnavailable from None
        except (aiohttp.ClientError, TimeoutError):
            raise MediaUnavailable from None
