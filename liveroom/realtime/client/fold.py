"""A room as seen by one viewer: a snapshot with the later events applied.

Promise: pure, and the same table as the JavaScript client's fold.js. A client is a program on the far side of the
wire: this is the one place under `realtime` that names kinds of rooms, and nothing of the server imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

COMMENTS_KEPT = 200
State = dict[str, Any]


def empty_state() -> State:
    """The state before the first join."""
    return {"room": {}, "show": None, "comments": [], "campaigns": {}, "totals": {}, "me": {}}


def from_snapshot(snapshot: Mapping[str, Any]) -> State:
    """The state right after a join that carried `snapshot`."""
    comments = list(snapshot.get("comments", []))[-COMMENTS_KEPT:]
    return {**empty_state(), **snapshot, "comments": comments}


def fold(state: State, event: Mapping[str, Any]) -> State:
    """The state after one sequenced event `{kind, seq, ts, data}`; a kind that is not in the table changes nothing."""
    step = _FOLD.get(event["kind"])
    return step(state, event) if step else state


def _with_room(state: State, facts: Mapping[str, Any]) -> State:
    return {**state, "room": {**state["room"], **facts}}


def _comment(state: State, event: Mapping[str, Any]) -> State:
    kept = {name: event[name] for name in ("kind", "seq", "ts", "data")}
    return {**state, "comments": [*state["comments"][-(COMMENTS_KEPT - 1) :], kept]}


def _opened(state: State, _event: Mapping[str, Any]) -> State:
    return _with_room(state, {"status": "open"})


def _went_live(state: State, event: Mapping[str, Any]) -> State:
    data = event["data"]
    show = {"id": data["show_id"], "started_at": data["started_at"]}
    return {**_with_room(state, {"status": "live"}), "show": show}


def _ended(state: State, _event: Mapping[str, Any]) -> State:
    return {**_with_room(state, {"status": "ended"}), "show": None}


def _updated(state: State, event: Mapping[str, Any]) -> State:
    return _with_room(state, event["data"])


def _campaign(state: State, event: Mapping[str, Any]) -> State:
    """One that ended leaves; one that is older than what the snapshot had changes nothing."""
    campaign = event["data"]["campaign"]
    known = state.get("campaigns", {})
    if known.get(campaign["id"], {"version": 0})["version"] >= campaign["version"]:
        return state
    others = {id_: kept for id_, kept in known.items() if id_ != campaign["id"]}
    return {**state, "campaigns": others if campaign["status"] == "ended" else {**others, campaign["id"]: campaign}}


_FOLD: Mapping[str, Callable[[State, Mapping[str, Any]], State]] = {
    "comment.sent": _comment,
    "room.opened": _opened,
    "room.went_live": _went_live,
    "room.ended": _ended,
    "room.updated": _updated,
    "campaign.changed": _campaign,
}
