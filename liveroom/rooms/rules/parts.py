"""What a room shows besides its talk: campaigns, battles, polls … each a map of views by id in the snapshot.

Promise: a view carries `id`, `version` and `status`; the newest one that was told is what a later joiner sees, and one
in a hidden status is not shown. The clients fold by the same table (realtime/client/fold.py, web/client/fold.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = Mapping[str, Any]
Views = Mapping[str, Json]
"""By id."""
Parts = Mapping[str, Views]
"""By the name of the part; a part without views may be absent."""
NO_PARTS: Parts = MappingProxyType({})


class Part(NamedTuple):
    """One part of the snapshot.

    Args:
        name: its key in the snapshot.
        field: of the event's data, that holds the view.
        hidden: statuses in which a view is taken out.
    """

    name: str
    field: str
    hidden: frozenset[str]


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "campaign.changed": Part("campaigns", "campaign", frozenset({"draft", "ended"})),
        "product.changed": Part("products", "product", frozenset({"off", "removed"})),
        "shelf.changed": Part("shelf", "shelf", frozenset({"quiet"})),
        "poll.changed": Part("polls", "poll", frozenset({"cancelled", "hidden"})),
        "talk.changed": Part("talk", "talk", frozenset()),
        "topic.changed": Part("topics", "topic", frozenset({"hidden"})),
        "lottery.changed": Part("lotteries", "lottery", frozenset({"cancelled", "hidden"})),
        "question.shown": Part(
            "questions",
            "question",
            frozenset({"asked", "delivered", "answered", "handed_over", "expired", "dismissed"}),
        ),
        "stage.changed": Part("stages", "stage", frozenset({"ended"})),
        "battle.changed": Part("battles", "battle", frozenset({"invited", "ended"})),
    }
)
"""By the kind of the event that carries a whole view."""


def fold_view(parts: Parts, part: Part, view: Json) -> Parts:
    """The parts after a view was told; the same object when it is known already.

    A document may have been read after a change whose event comes later: the version says so.
    """
    views = parts.get(part.name, {})
    known = views.get(view["id"])
    if known is not None and known["version"] >= view["version"]:
        return parts
    others = {id_: other for id_, other in views.items() if id_ != view["id"]}
    if view["status"] not in part.hidden:
        others[view["id"]] = view
    kept = {name: shown for name, shown in parts.items() if name != part.name}
    return {**kept, part.name: others} if others else kept


def merge_parts(before: Parts, loaded: Parts, now: Parts) -> Parts:
    """What is to be shown when the parts were read anew, because events were lost.

    Args:
        before: what was shown when the reading began.
        loaded: what was read.
        now: what is shown by now; what has changed since the reading began is newer than what was read.
    """
    merged: dict[str, Views] = {}
    for name in {**now, **loaded}:
        shown, old, read = now.get(name, {}), before.get(name, {}), loaded.get(name, {})
        gone = old.keys() - shown.keys()
        views = {id_: view for id_, view in read.items() if id_ not in gone}
        for id_, view in shown.items():
            is_newer = views[id_]["version"] <= view["version"] if id_ in views else old.get(id_) != view
            if is_newer:
                views[id_] = view
        if views:
            merged[name] = views
    return merged
