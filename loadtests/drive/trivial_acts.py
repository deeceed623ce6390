"""What the trivial server does besides comments and likes: gifts, coupons, polls and seats, with no rule at all.

It gives and grants whatever is asked of it; that costs a little and is right as long as nobody asks for more than there
is. Its rooms have one host, who is not asked: who wants a seat has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

STOCK: Final = 1_000_000


@dataclass(slots=True)
class Deed:
    """What a command comes to."""

    ack: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """For everybody in the room."""
    private: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """For its sender."""


@dataclass(slots=True)
class Goods:
    """What is counted in one room."""

    likes: int = 0
    gifts: int = 0
    stock: int = STOCK
    granted: int = 0
    campaign: str = ""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Acks of claims, by key."""
    votes: dict[str, int] = field(default_factory=dict)

    def tell(self) -> dict[str, Any]:
        """All values, as `latest` and the totals of a join have them."""
        values: dict[str, Any] = {"likes": {"total": self.likes}, "gift_totals": {"gifts": self.gifts}}
        if self.votes:
            values["poll_votes"] = {"polls": {poll: {"voters": voters} for poll, voters in self.votes.items()}}
        if self.campaign:
            values["coupon_stock"] = {"campaigns": {self.campaign: {"left": {"d1": self.stock - self.granted}}}}
        return values


def do(goods: Goods, frame: dict[str, Any], user: str) -> Deed | None:
    """Do a command of a room; None when it is none of these."""
    deed = _DEEDS.get(frame["type"])
    return None if deed is None else deed(goods, frame, user)


def _like(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    goods.likes += frame["data"]["count"]
    return Deed({})


def _give(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    goods.gifts += 1
    combo = {"id": f"g{goods.gifts}", "count": 1}
    event = {"combo": combo["id"], "count": 1, "added": 1, "gift": frame["data"]["gift"], "by": {"id": user}}
    return Deed({"outcome": "sent", "combo": combo}, [("gift.sent", event)])


def _claim(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    answer = goods.answers.get(frame["key"])
    if answer is None:
        goods.granted += 1
        goods.campaign = frame["data"]["campaign"]
        answer = {"outcome": "granted", "grant": {"id": f"grant-{goods.granted}"}}
        goods.answers[frame["key"]] = answer
    return Deed(answer)


def _open_poll(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    poll = f"p{len(goods.votes)}-{user}"
    goods.votes[poll] = 0
    view = {"id": poll, "status": "open"}
    return Deed({"poll": view}, [("poll.changed", {"poll": view})])


def _vote(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    goods.votes[frame["data"]["poll"]] += 1
    return Deed({"outcome": "counted"})


def _seat(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    seated = ("stage.guest_seated", {"user": {"id": user}, "seat": 1, "kind": "audio"})
    return Deed({}, [seated], [("stage.place_changed", {"stage": {"standing": "seated"}})])


def _get_up(goods: Goods, frame: dict[str, Any], user: str) -> Deed:
    return Deed({})


_DEEDS: Final[dict[str, Callable[[Goods, dict[str, Any], str], Deed]]] = {
    "like.send": _like,
    "gift.send": _give,
    "coupon.claim": _claim,
    "poll.open": _open_poll,
    "poll.vote": _vote,
    "stage.apply": _seat,
    "stage.leave": _get_up,
}
