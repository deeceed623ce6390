"""The snapshot of a room and how events change it; clients fold the same way.

Promise: applying the sequenced events after a snapshot gives the snapshot a later joiner receives. Values are
plain JSON objects as they go over the wire, with absent fields left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import Quote
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.rules.campaign_state import SHOWN
from liveroom.rooms.rules.comments import quote as make_quote
from liveroom.rooms.rules.lifecycle import RoomState, info

Json = Mapping[str, Any]
NO_CAMPAIGNS: Mapping[str, Json] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a joiner sees first: the room, the show that runs, and the last `history` comments.

    `comments` are events with their position: `{"kind", "seq", "ts", "data"}`, oldest first; `campaigns` has those that
    are shown, by id, each with its version.
    """

    room: Json
    show: Json | None
    comments: tuple[Json, ...]
    history: int
    campaigns: Mapping[str, Json] = field(default_factory=lambda: NO_CAMPAIGNS)

    def as_object(self) -> dict[str, Any]:
        """The `snapshot` of the wire."""
        shown: dict[str, Any] = {"room": self.room, "show": self.show, "comments": self.comments}
        if self.campaigns:
            shown["campaigns"] = self.campaigns
        return shown


Fold = Callable[[Snapshot, Json, int, int], Snapshot]


def fresh(state: RoomState, comments: tuple[Json, ...] = (), campaigns: Mapping[str, Json] = NO_CAMPAIGNS) -> Snapshot:
    """The snapshot made from the room's document, its last comments and the campaigns it shows."""
    show = as_json(state.show) if state.show else None
    history = state.settings.history
    return Snapshot(as_json(info(state)), show, comments[-history:] if history else (), history, campaigns)


def apply_event(snapshot: Snapshot, kind: str, data: Json, ts: int, seq: int) -> Snapshot:
    """The snapshot after one sequenced event; a kind that is not known changes nothing."""
    fold = FOLDS.get(kind)
    return fold(snapshot, data, ts, seq) if fold else snapshot


def quote(snapshot: Snapshot, comment_id: str) -> Quote:
    """The quoted form of a comment of the history.

    Raises:
        Refusal: `not_found`, the comment is too old or never was.
    """
    for comment in reversed(snapshot.comments):
        data = comment["data"]
        if data["id"] == comment_id:
            return make_quote(comment_id, data["by"]["name"], data["text"])
    raise Refusal(ErrorCode.NOT_FOUND, "the comment you answer is no longer in the history", field="reply_to")


def as_json(model: Model) -> dict[str, Any]:
    """A message as it goes over the wire."""
    return model.model_dump(mode="json", exclude_none=True)


def _status(snapshot: Snapshot, status: RoomStatus) -> Json:
    return {**snapshot.room, "status": status.value}


def _opened(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    return replace(snapshot, room=_status(snapshot, RoomStatus.OPEN))


def _went_live(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    show = {"id": data["show_id"], "started_at": data["started_at"]}
    return replace(snapshot, room=_status(snapshot, RoomStatus.LIVE), show=show)


def _ended(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    return replace(snapshot, room=_status(snapshot, RoomStatus.ENDED), show=None)


def _updated(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    return replace(snapshot, room={**snapshot.room, "title": data["title"]})


def _commented(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    if not snapshot.history:
        return snapshot
    entry = {"kind": "comment.sent", "seq": seq, "ts": ts, "data": data}
    kept = snapshot.comments[1 - snapshot.history :] if snapshot.history > 1 else ()
    return Snapshot(snapshot.room, snapshot.show, (*kept, entry), snapshot.history, snapshot.campaigns)


def _campaign_changed(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    campaign = data["campaign"]
    known = snapshot.campaigns.get(campaign["id"])
    if known is not None and known["version"] >= campaign["version"]:
        # The document was read after this change, and the event comes after it.
        return snapshot
    others = {name: other for name, other in snapshot.campaigns.items() if name != campaign["id"]}
    if campaign["status"] in SHOWN:
        others[campaign["id"]] = campaign
    return replace(snapshot, campaigns=others)


def _unchanged(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    # A moment that passes: those who come later do not see it.
    return snapshot


FOLDS: dict[str, Fold] = {
    "room.opened": _opened,
    "room.went_live": _went_live,
    "room.ended": _ended,
    "room.updated": _updated,
    "comment.sent": _commented,
    "viewer.entered": _unchanged,
    "like.milestone_reached": _unchanged,
    "campaign.changed": _campaign_changed,
    "coupon.drop_announced": _unchanged,
    "gift.sent": _unchanged,
    "gift.combo_closed": _unchanged,
    "order.recorded": _unchanged,
}
"""Every sequenced kind has its case; a test compares with the catalogue."""
