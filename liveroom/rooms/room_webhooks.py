"""What of a room's own life is told by webhook: opened, show started, show ended, a user banned.

Promise: the messages are made from what is about to be stored and are stored with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.room import RoomEnded, RoomOpened, RoomWentLive
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.webhook_events import webhook_message


def tell_change(state: RoomState, events: Iterable[Model], who: str) -> Sequence[Message]:
    """Messages for a change of a room.

    Args:
        state: after the change.
        events: of the change.
        who: id of the user or server that wanted it.
    """
    told = (_describe(event, state) for event in events)
    return [webhook_message(state.id, type_, data | {"by": who}) for type_, data in filter(None, told)]


def tell_ban(room: str, ban: Ban) -> Sequence[Message]:
    """Messages for a ban; `until` is absent when it is for good."""
    data: dict[str, object] = {"user_id": ban.user_id, "by": ban.by, "reason": ban.reason, "at": ban.at_ms}
    if ban.until_ms is not None:
        data["until"] = ban.until_ms
    return [webhook_message(room, "user.banned", data)]


def _describe(event: Model, state: RoomState) -> tuple[str, dict[str, object]] | None:
    about: dict[str, object] = {"title": state.title, "scene": state.scene, "host_id": state.host.id}
    if isinstance(event, RoomOpened):
        return "room.opened", about
    if isinstance(event, RoomWentLive):
        return "show.started", about | {"show_id": event.show_id, "started_at": event.started_at}
    if isinstance(event, RoomEnded) and event.show_id is not None:
        stats = event.stats.model_dump() if event.stats else {}
        return "show.ended", about | {"show_id": event.show_id, "ended_at": event.ended_at, "stats": stats}
    return None
