"""The snapshot of a room and how events change it; clients fold the same way.

Promise: applying the sequenced events after a snapshot gives the snapshot a later joiner receives. Values are
plain JSON objects as they go over the wire, with absent fields left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import Quote
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.rules.comments import quote as make_quote
from liveroom.rooms.rules.lifecycle import RoomState, info
from liveroom.rooms.rules.parts import NO_PARTS, PARTS, Json, Part, Parts, fold_view
from liveroom.rooms.rules.redaction import quotes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a joiner sees first: the room, the show that runs, and the last `history` comments.

    `comments` are events with their position: `{"kind", "seq", "ts", "data"}`, oldest first; `parts` has what else is
    shown, by part and id (`parts.PARTS`).
    """

    room: Json
    show: Json | None
    comments: tuple[Json, ...]
    history: int
    parts: Parts = field(default_factory=lambda: NO_PARTS)

    def as_object(self) -> dict[str, Any]:
        """The `snapshot` of the wire."""
        shown = {name: views for name, views in self.parts.items() if views}
        return {"room": self.room, "show": self.show, "comments": self.comments, **shown}


Fold = Callable[[Snapshot, Json, int, int], Snapshot]


def fresh(state: RoomState, comments: tuple[Json, ...] = (), parts: Parts = NO_PARTS) -> Snapshot:
    """The snapshot made from the room's document, its last comments and what else it shows."""
    show = as_json(state.show) if state.show else None
    history = state.settings.history
    return Snapshot(as_json(info(state)), show, comments[-history:] if history else (), history, parts)


def apply_event(snapshot: Snapshot, kind: str, data: Json, ts: int, seq: int) -> Snapshot:
    """The snapshot after one sequenced event; a kind that is not known changes nothing."""
    fold = FOLDS.get(kind)
    return fold(snapshot, data, ts, seq) if fold else snapshot


def quote(snapshot: Snapshot, comment_id: str) -> Quote:
    """The quoted form of a comment of the history.

    Raises:
        Refusal: `not_found`, the comment is too old or never was.
    """
    data = find_comment(snapshot, comment_id)
    if data is None:
        raise Refusal(ErrorCode.NOT_FOUND, "the comment you answer is no longer in the history", field="reply_to")
    return make_quote(comment_id, data["by"]["name"], data["text"])


def find_comment(snapshot: Snapshot, comment_id: str) -> Json | None:
    """A comment of the history, as `comment.sent` told it."""
    told = (comment["data"] for comment in reversed(snapshot.comments))
    return next((data for data in told if data["id"] == comment_id), None)


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
    return replace(snapshot, room={**snapshot.room, **data})


def _commented(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    if not snapshot.history:
        return snapshot
    entry = {"kind": "comment.sent", "seq": seq, "ts": ts, "data": data}
    kept = snapshot.comments[1 - snapshot.history :] if snapshot.history > 1 else ()
    return Snapshot(snapshot.room, snapshot.show, (*kept, entry), snapshot.history, snapshot.parts)


def _folded(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    counts = data["counts"]
    return replace(snapshot, comments=tuple(_with_count(comment, counts) for comment in snapshot.comments))


def _with_count(comment: Json, counts: Json) -> Json:
    more = counts.get(comment["data"]["id"])
    if more is None:
        return comment
    return {**comment, "data": {**comment["data"], "times": comment["data"].get("times", 0) + more}}


def _removed(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    gone = frozenset(data["ids"])
    kept = (_without_quote(comment, gone) for comment in snapshot.comments if comment["data"]["id"] not in gone)
    return replace(snapshot, comments=tuple(kept))


def _without_quote(comment: Json, gone: frozenset[str]) -> Json:
    if not quotes(comment["data"], gone):
        return comment
    return {**comment, "data": {name: value for name, value in comment["data"].items() if name != "reply_to"}}


def _shown(part: Part) -> Fold:
    def fold(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
        return replace(snapshot, parts=fold_view(snapshot.parts, part, data[part.field]))

    return fold


def _unchanged(snapshot: Snapshot, data: Json, ts: int, seq: int) -> Snapshot:
    # A moment that passes: those who come later do not see it.
    return snapshot


FOLDS: dict[str, Fold] = {
    "room.opened": _opened,
    "room.went_live": _went_live,
    "room.ended": _ended,
    "room.updated": _updated,
    "comment.sent": _commented,
    "comment.removed": _removed,
    "comment.folded": _folded,
    "viewer.entered": _unchanged,
    "like.milestone_reached": _unchanged,
    "coupon.drop_announced": _unchanged,
    "level.reached": _unchanged,
    "club.entered": _unchanged,
    "gift.sent": _unchanged,
    "gift.combo_closed": _unchanged,
    "order.recorded": _unchanged,
    "stage.guest_seated": _unchanged,
    "stage.guest_left": _unchanged,
    **{kind: _shown(part) for kind, part in PARTS.items()},
}
"""Every sequenced kind has its case; a test compares with the catalogue."""
