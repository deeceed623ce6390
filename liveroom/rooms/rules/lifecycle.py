"""A room's life as a table: created, open, live, ended, and live again.

Promise: `TABLE` is the whole machine; a pair of status and command that is not in it is refused, and the
refusal names the state and what is possible there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import (
    RoomEnded,
    RoomInfo,
    RoomOpened,
    RoomSettings,
    RoomStatus,
    RoomUpdated,
    RoomWentLive,
    ShowInfo,
    ShowStats,
)
from liveroom.rooms.rules.lines import clean_line
from liveroom.rooms.rules.wrong_state import refuse

TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class RoomState:
    """The document of a room; `version` counts its changes and is compared when it is stored.

    `opened_at`: when viewers were let in before the show that runs or ran last; None: it began without that.
    `made_by`: fingerprint of the command that made this version, and of its key; None: it had no key.
    """

    id: str
    title: str
    scene: str
    status: RoomStatus
    host: Person
    settings: RoomSettings
    show: ShowInfo | None
    created_at: int
    version: int
    opened_at: int | None = None
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Let viewers in."""


@dataclass(frozen=True, slots=True)
class GoLive:
    """Begin the show `show_id`."""

    show_id: str


@dataclass(frozen=True, slots=True)
class End:
    """End what runs. `stats`: what the show came to, where somebody counted."""

    stats: ShowStats | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change the title, or where the stream is watched; None leaves it."""

    title: str | None = None
    stream_url: str | None = None


Command = Open | GoLive | End | Update
Step = tuple[RoomState, tuple[Model, ...]]

CREATED, OPEN, LIVE, ENDED = RoomStatus.CREATED, RoomStatus.OPEN, RoomStatus.LIVE, RoomStatus.ENDED

TABLE: dict[tuple[RoomStatus, type[Command]], RoomStatus] = {
    (CREATED, Open): OPEN,
    (ENDED, Open): OPEN,
    (CREATED, GoLive): LIVE,
    (OPEN, GoLive): LIVE,
    (ENDED, GoLive): LIVE,
    (OPEN, End): ENDED,
    (LIVE, End): ENDED,
    (CREATED, Update): CREATED,
    (OPEN, Update): OPEN,
    (LIVE, Update): LIVE,
    (ENDED, Update): ENDED,
}
NAMES: dict[type[Command], str] = {
    Open: "room.open",
    GoLive: "room.go_live",
    End: "room.end",
    Update: "room.update",
}


def create(room_id: str, title: str, scene: str, host: Person, settings: RoomSettings, now_ms: int) -> RoomState:
    """A new room; people may come, and can talk once it is opened or goes live.

    Raises:
        Refusal: `invalid_field`, the title is empty.
    """
    return RoomState(
        room_id, clean_line(title, TITLE_CHARS, "title", "title"), scene, CREATED, host, settings, None, now_ms, 1
    )


def apply(state: RoomState, command: Command, now_ms: int) -> Step:
    """Apply one command.

    Raises:
        Refusal: `wrong_state` with `state` and `possible`; `invalid_field` for a title without content.
    """
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise refuse("room", state.status, type(command), TABLE, NAMES)
    if isinstance(command, Update):
        return _update(state, command)
    if isinstance(command, Open):
        return replace(state, status=status, version=state.version + 1, opened_at=now_ms), (RoomOpened(),)
    if isinstance(command, GoLive):
        show = ShowInfo(id=command.show_id, started_at=now_ms)
        opened_at = state.opened_at if state.status is OPEN else None
        live = replace(state, status=status, show=show, version=state.version + 1, opened_at=opened_at)
        return live, (RoomWentLive(show_id=show.id, started_at=show.started_at),)
    ended = RoomEnded(
        show_id=state.show.id if state.show else None,
        ended_at=now_ms,
        stats=command.stats if state.show else None,
    )
    return replace(state, status=status, show=None, version=state.version + 1), (ended,)


def info(state: RoomState) -> RoomInfo:
    """What everybody may know about the room."""
    return RoomInfo(
        id=state.id,
        title=state.title,
        scene=state.scene,
        status=state.status,
        host=state.host,
        stream_url=state.settings.stream_url,
    )


def admit(state: RoomState, role: Role) -> None:
    """Check that somebody with `role` may be in the room; in every state, but talk is for open and live ones.

    Raises:
        Refusal: `guests_not_allowed`.
    """
    if role is Role.GUEST and not state.settings.guests:
        raise Refusal(ErrorCode.GUESTS_NOT_ALLOWED, "this room needs you to sign in first", room=state.id)


def require_open(state: RoomState) -> None:
    """Check that people can talk, like and act here now.

    Raises:
        Refusal: `room_not_open` with the state.
    """
    if state.status is not LIVE and state.status is not OPEN:
        text = "the show is over" if state.status is ENDED else "the room is not open yet"
        raise Refusal(ErrorCode.ROOM_NOT_OPEN, text, room=state.id, state=state.status.value)


def _update(state: RoomState, command: Update) -> Step:
    title = state.title if command.title is None else clean_line(command.title, TITLE_CHARS, "title", "title")
    known = state.settings.stream_url
    stream_url = known if command.stream_url is None else command.stream_url
    if title == state.title and stream_url == known:
        return state, ()
    settings = state.settings.model_copy(update={"stream_url": stream_url})
    updated = replace(state, title=title, settings=settings, version=state.version + 1)
    return updated, (RoomUpdated(title=title, stream_url=stream_url),)
