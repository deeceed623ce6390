"""A LiveKit server without media, on a port of its own: its room service with its errors, its tokens, its webhooks.

Written after the answers of the open server: who is not there is `not_found` for most calls, and no answer at all for
`UpdateParticipant`; remote unmute is refused; a call needs a token with the right for its room.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from google.protobuf.json_format import MessageToJson
from livekit import api

from liveroom.realtime.media.events import Kind

KEY, SECRET = "devkey", "a secret of the LiveKit server of these tests"
STATUS = {"not_found": 404, "permission_denied": 403, "unauthenticated": 401, "failed_precondition": 412}
SOURCES = {Kind.AUDIO: api.TrackSource.MICROPHONE, Kind.VIDEO: api.TrackSource.CAMERA}
TYPES = {Kind.AUDIO: api.TrackType.AUDIO, Kind.VIDEO: api.TrackType.VIDEO}

Deliver = Callable[[bytes, str], Awaitable[None]]


class Refused(Exception):
    """LiveKit says no."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass
class Visitor:
    """A client of LiveKit, connected to one room."""

    server: FakeLiveKit
    room: str
    info: api.ParticipantInfo
    is_connected: bool = True

    async def publish(self, kind: Kind) -> None:
        """Send something. Raises Refused."""
        permission = self.info.permission
        allowed = permission.can_publish_sources
        if not permission.can_publish or (allowed and SOURCES[kind] not in allowed):
            raise Refused("permission_denied", "not allowed to publish")
        track = api.TrackInfo(sid=self.server.number("TR"), type=TYPES[kind], source=SOURCES[kind])
        self.info.tracks.append(track)
        await self.server.tell("track_published", self.room, self.info, track)

    def sees(self) -> set[tuple[str, Kind]]:
        """Whose audio and video comes."""
        if not self.is_connected or not self.info.permission.can_subscribe:
            return set()
        others = [each for each in self.server.rooms.get(self.room, {}).values() if each is not self]
        kinds = {number: kind for kind, number in TYPES.items()}
        return {(o.info.identity, kinds[track.type]) for o in others for track in o.info.tracks if not track.muted}

    def sends(self) -> set[Kind]:
        """What is published, muted or not."""
        return {kind for kind in Kind if any(track.type == TYPES[kind] for track in self.info.tracks)}

    async def leave(self, reason: int = api.DisconnectReason.CLIENT_INITIATED) -> None:
        """Go."""
        await self.server.drop(self, reason)


@dataclass
class FakeLiveKit:
    """See the module. `deliver` takes webhooks; `fails`: calls of these names are answered so."""

    deliver: Deliver | None = None
    rooms: dict[str, dict[str, Visitor]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    fails: dict[str, tuple[int, str]] = field(default_factory=dict)
    port: int = 0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    def number(self, prefix: str) -> str:
        """A new name of a thing."""
        return f"{prefix}_{next(self._numbers)}"

    # --- clients ------------------------------------------------------------------------------------------------

    async def join(self, token: str) -> Visitor:
        """Connect with a token. Raises Refused."""
        claims = _read(token)
        grants = claims["video"]
        if not grants.get("roomJoin") or not grants.get("room"):
            raise Refused("permission_denied", "no right to join")
        people = self.rooms.setdefault(grants["room"], {})
        before = people.get(claims["sub"])
        if before is not None:
            await self.drop(before, api.DisconnectReason.DUPLICATE_IDENTITY)
        sources = [SOURCES[kind] for kind in Kind if _NAMES[kind] in grants.get("canPublishSources", ())]
        permission = api.ParticipantPermission(
            can_publish=grants.get("canPublish", True),
            can_subscribe=grants.get("canSubscribe", True),
            can_publish_data=grants.get("canPublishData", True),
            can_publish_sources=sources,
            hidden=grants.get("hidden", False),
        )
        info = api.ParticipantInfo(
            sid=self.number("PA"),
            identity=claims["sub"],
            attributes=claims.get("attributes", {}),
            permission=permission,
        )
        visitor = people[claims["sub"]] = Visitor(self, grants["room"], info)
        await self.tell("participant_joined", visitor.room, info)
        return visitor

    async def drop(self, visitor: Visitor, reason: int) -> None:
        """End a connection."""
        if self.rooms.get(visitor.room, {}).pop(visitor.info.identity, None) is None:
            return
        visitor.is_connected = False
        del visitor.info.tracks[:]
        visitor.info.disconnect_reason = reason  # type: ignore[assignment] # numbers of an enumeration
        await self.tell("participant_left", visitor.room, visitor.info)

    # --- webhooks -----------------------------------------------------------------------------------------------

    async def tell(self, event: str, room: str, info: api.ParticipantInfo, track: api.TrackInfo | None = None) -> None:
        """Send a webhook."""
        if self.deliver is None:
            return
        told = api.WebhookEvent(
            event=event, room=api.Room(name=room), participant=info, track=track, id=self.number("EV")
        )
        body = MessageToJson(told).encode()
        await self.deliver(body, sign(body))

    # --- the room service ---------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.Response:
        """One call."""
        method = request.match_info["method"]
        self.called.append(method)
        if method in self.fails:
            status, code = self.fails[method]
            return web.json_response({"code": code, "msg": "as the test wants"}, status=status)
        try:
            answer = await self._do(method, await request.read(), request.headers.get("Authorization", ""))
        except Refused as error:
            return web.json_response({"code": error.code, "msg": error.text}, status=STATUS.get(error.code, 503))
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    async def validate(self, request: web.Request) -> web.Response:
        """Whether a token could be used to connect."""
        try:
            _read(request.query.get("access_token", ""))
        except Refused as error:
            return web.Response(status=401, text=error.text)
        return web.Response(text="success")

    async def _do(self, method: str, body: bytes, token: str) -> Any:
        kinds = {
            "ListParticipants": api.ListParticipantsRequest,
            "DeleteRoom": api.DeleteRoomRequest,
            "MutePublishedTrack": api.MuteRoomTrackRequest,
            "UpdateParticipant": api.UpdateParticipantRequest,
        }
        request: Any = kinds.get(method, api.RoomParticipantIdentity).FromString(body)
        grants = _read(token.removeprefix("Bearer ")).get("video", {})
        is_allowed = grants.get("roomCreate") if method == "DeleteRoom" else grants.get("roomAdmin")
        if not is_allowed or (method != "DeleteRoom" and grants.get("room") != request.room):
            raise Refused("permission_denied", "requires admin of the room")
        people = self.rooms.get(request.room, {})
        if method == "ListParticipants":
            return api.ListParticipantsResponse(participants=[each.info for each in people.values()])
        if method == "DeleteRoom":
            if request.room not in self.rooms:
                raise Refused("not_found", "requested room does not exist")
            for each in list(people.values()):
                await self.drop(each, api.DisconnectReason.ROOM_DELETED)
            del self.rooms[request.room]
            return api.DeleteRoomResponse()
        return await self._do_with(method, request, people.get(request.identity))

    async def _do_with(self, method: str, request: Any, visitor: Visitor | None) -> Any:
        if visitor is None and method == "UpdateParticipant":
            raise Refused("unavailable", "no response from servers")
        if visitor is None:
            raise Refused("not_found", "participant does not exist")
        if method == "UpdateParticipant":
            self._update(visitor, request.permission)
        elif method == "RemoveParticipant":
            await self.drop(visitor, api.DisconnectReason.PARTICIPANT_REMOVED)
            return api.RemoveParticipantResponse()
        elif method == "MutePublishedTrack":
            if not request.muted:
                raise Refused("failed_precondition", "remote unmute not enabled")
            track = next((each for each in visitor.info.tracks if each.sid == request.track_sid), None)
            if track is None:
                raise Refused("not_found", "track is not found")
            track.muted = True
            return api.MuteRoomTrackResponse(track=track)
        return visitor.info

    @staticmethod
    def _update(visitor: Visitor, permission: api.ParticipantPermission) -> None:
        visitor.info.permission.CopyFrom(permission)
        allowed = permission.can_publish_sources
        kept = [t for t in visitor.info.tracks if permission.can_publish and (not allowed or t.source in allowed)]
        del visitor.info.tracks[:]
        visitor.info.tracks.extend(kept)


_NAMES = {Kind.AUDIO: "microphone", Kind.VIDEO: "camera"}


def _read(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], issuer=KEY)
    except jwt.PyJWTError as error:
        raise Refused("unauthenticated", str(error)) from None
    return claims


def sign(body: bytes, secret: str = SECRET) -> str:
    """The token that goes with a webhook."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return api.AccessToken(KEY, secret).with_sha256(digest).with_ttl(datetime.timedelta(minutes=5)).to_jwt()


def edit(body: bytes, **changes: Any) -> bytes:
    """A webhook with other facts."""
    return json.dumps(json.loads(body) | changes).encode()


@asynccontextmanager
async def running_livekit(deliver: Deliver | None = None, port: int = 0) -> AsyncIterator[FakeLiveKit]:
    """Serve on a port; 0: any that is free."""
    server = FakeLiveKit(deliver)
    application = web.Application()
    application.router.add_post("/twirp/livekit.RoomService/{method}", server.serve)
    application.router.add_get("/rtc/validate", server.validate)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        async with asyncio.timeout(60):
            await runner.cleanup()
