"""What is accounted for in the frames of a room: comments, steps of combos and seats, values, and what users act upon.

Everything else that a room says is left alone: newer servers say more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.line.stamp import Stamp, read_stamp
from loadtests.record.mark_book import COUNTED, Mark

Placed = tuple[int, Stamp]
"""Position in the room, and the stamp found there."""
_OVERS: Final = frozenset({"counting", "settled", "punishment", "rematch", "ended"})


@dataclass(slots=True)
class Contents:
    """What was found in one frame."""

    stamps: list[Placed] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    news: dict[str, Any] = field(default_factory=dict)


def read_events(events: list[dict[str, Any]], first: int) -> Contents:
    """Of events that begin at position `first`."""
    found = Contents()
    for position, event in enumerate(events, first):
        read = _READERS.get(event["kind"])
        if read is not None:
            read(found, position, event["data"])
    return found


def read_totals(values: dict[str, Any], room: str) -> dict[str, int]:
    """Of a `latest` frame, or of the `totals` of a join: the values that are followed, by name, as they grow."""
    return {name: value for kind, read in _TOTALS.items() if kind in values for name, value in read(values[kind], room)}


def _read_comment(found: Contents, position: int, data: dict[str, Any]) -> None:
    stamp = read_stamp(data["text"])
    if stamp is not None:
        found.stamps.append((position, stamp))


def _read_gift(found: Contents, position: int, data: dict[str, Any]) -> None:
    found.marks.append(Mark(position, f"gift:{data['combo']}", data["count"]))


def _read_seat(found: Contents, position: int, data: dict[str, Any]) -> None:
    found.marks.append(Mark(position, f"seat:{data['user']['id']}", COUNTED))


def _read_poll(found: Contents, position: int, data: dict[str, Any]) -> None:
    poll = data["poll"]
    if poll["status"] == "open":
        found.news["poll"] = poll["id"]
    if "result" in poll:
        found.totals[f"vote:{poll['id']}"] = poll["result"].get("voters", 0)


def _read_battle(found: Contents, position: int, data: dict[str, Any]) -> None:
    battle = data["battle"]
    if battle["status"] == "running":
        found.news["battle"] = {"id": battle["id"], "score": battle["terms"].get("score", {})}
    elif battle["status"] in _OVERS:
        found.news["battle"] = None


def _read_likes(value: dict[str, Any], room: str) -> Iterator[tuple[str, int]]:
    yield f"like:{room}", int(value["total"])


def _read_gifts(value: dict[str, Any], room: str) -> Iterator[tuple[str, int]]:
    yield f"gift:{room}", int(value["gifts"])


def _read_votes(value: dict[str, Any], room: str) -> Iterator[tuple[str, int]]:
    for poll, votes in value["polls"].items():
        if "voters" in votes:
            yield f"vote:{poll}", int(votes["voters"])


def _read_stock(value: dict[str, Any], room: str) -> Iterator[tuple[str, int]]:
    """What is left falls; below zero it grows like all others."""
    for campaign, stock in value["campaigns"].items():
        if stock.get("left"):
            yield f"coupon:{campaign}", -sum(stock["left"].values())


def _read_scores(value: dict[str, Any], room: str) -> Iterator[tuple[str, int]]:
    for party, score in value["scores"].items():
        if "battle" in score:
            yield f"battle:{party}", int(score.get("score", 0))


_READERS: Final[dict[str, Callable[[Contents, int, dict[str, Any]], None]]] = {
    "comment.sent": _read_comment,
    "gift.sent": _read_gift,
    "stage.guest_seated": _read_seat,
    "poll.changed": _read_poll,
    "battle.changed": _read_battle,
}
_TOTALS: Final[dict[str, Callable[[dict[str, Any], str], Iterator[tuple[str, int]]]]] = {
    "likes": _read_likes,
    "gift_totals": _read_gifts,
    "poll_votes": _read_votes,
    "coupon_stock": _read_stock,
    "battle_scores": _read_scores,
}
