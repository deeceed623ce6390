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
    parts: State = {name: {} for name, _, _ in PARTS.values()}
    return {"room": {}, "show": None, "comments": [], **parts, "totals": {}, "me": {}}


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


def _folded(state: State, event: Mapping[str, Any]) -> State:
    counts = event["data"]["counts"]
    return {**state, "comments": [_with_count(comment, counts) for comment in state["comments"]]}


def _with_count(comment: State, counts: Mapping[str, int]) -> State:
    data = comment["data"]
    more = counts.get(data["id"])
    return comment if more is None else {**comment, "data": {**data, "times": data.get("times", 0) + more}}


def _removed(state: State, event: Mapping[str, Any]) -> State:
    """What was removed leaves, and what answers it loses the quote."""
    gone = frozenset(event["data"]["ids"])
    kept = [_without_quote(comment, gone) for comment in state["comments"] if comment["data"]["id"] not in gone]
    return {**state, "comments": kept}


def _without_quote(comment: State, gone: frozenset[str]) -> State:
    data = comment["data"]
    if data.get("reply_to", {}).get("id") not in gone:
        return comment
    return {**comment, "data": {name: value for name, value in data.items() if name != "reply_to"}}


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


PARTS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "campaign.changed": ("campaigns", "campaign", frozenset({"draft", "ended"})),
    "product.changed": ("products", "product", frozenset({"off", "removed"})),
    "shelf.changed": ("shelf", "shelf", frozenset({"quiet"})),
    "poll.changed": ("polls", "poll", frozenset({"cancelled", "hidden"})),
    "talk.changed": ("talk", "talk", frozenset()),
    "topic.changed": ("topics", "topic", frozenset({"hidden"})),
    "lottery.changed": ("lotteries", "lottery", frozenset({"cancelled", "hidden"})),
    "question.shown": (
        "questions",
        "question",
        frozenset({"asked", "delivered", "answered", "handed_over", "expired", "dismissed"}),
    ),
    "stage.changed": ("stages", "stage", frozenset({"ended"})),
    "battle.changed": ("battles", "battle", frozenset({"invited", "ended"})),
}
"""Kinds that carry a whole view: the part of the state, the field of the data, the statuses that take a view out."""


def _view(state: State, event: Mapping[str, Any]) -> State:
    """A view that is older than what is known changes nothing; one in a hidden status leaves."""
    name, field, hidden = PARTS[event["kind"]]
    view = event["data"][field]
    known = state.get(name, {})
    if known.get(view["id"], {"version": 0})["version"] >= view["version"]:
        return state
    others = {id_: kept for id_, kept in known.items() if id_ != view["id"]}
    return {**state, name: others if view["status"] in hidden else {**others, view["id"]: view}}


_FOLD: Mapping[str, Callable[[State, Mapping[str, Any]], State]] = {
    "comment.sent": _comment,
    "comment.removed": _removed,
    "comment.folded": _folded,
    "room.opened": _opened,
    "room.went_live": _went_live,
    "room.ended": _ended,
    "room.updated": _updated,
    **dict.fromkeys(PARTS, _view),
}
