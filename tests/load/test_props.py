"""A run leaves nothing behind on a deployment, whatever it was refused and however it ended."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.plan.profiles import read_slo
from loadtests.target.errors import TargetRefused
from loadtests.target.interface import Interface
from loadtests.target.props import REMOVE_S, Props

PROFILE = read_slo().find("smoke")
ROOMS = ["lt-1-0", "lt-1-1"]


class Deployment(Interface):
    """Notes what it is asked for, and refuses what it is told to."""

    def __init__(self, refuses: dict[str, int | None] | None = None, *, is_open: bool = True) -> None:
        super().__init__("http://127.0.0.1:1", "key")
        self.asked: list[str] = []
        self.breaks = False
        self._refuses = refuses or {}
        self._is_open = is_open

    def demand(self, method: str, path: str, body: dict[str, Any]) -> None:
        asked = f"{method} {path.removeprefix('/api/v1')} {body.get('status', body.get('id', ''))}".strip()
        self.asked.append(asked)
        if self.breaks:
            raise KeyboardInterrupt
        for part, status in self._refuses.items():
            if part in asked:
                raise TargetRefused(f"{asked} was refused", status)

    def read(self, path: str) -> dict[str, Any]:
        return {"open": self._is_open}


REMOVED = [
    "POST /rooms/lt-1-1/campaigns/lt_1_1/end",
    "POST /rooms/lt-1-0/campaigns/lt_1_0/end",
    "PUT /gifts/loadtest off",
    "POST /rooms/lt-1-1/end",
    "POST /rooms/lt-1-0/end",
]


def test_what_was_made_is_taken_away_once_the_newest_first() -> None:
    deployment = Deployment()
    props = Props(deployment)
    props.make(PROFILE, ROOMS)
    deployment.asked.clear()
    assert props.remove() == []
    assert deployment.asked == REMOVED
    assert props.remove() == []
    assert deployment.asked == REMOVED


def test_one_refusal_leaves_no_other_thing_behind() -> None:
    deployment = Deployment({"loadtest off": 500, "lt-1-1/end": 409, "lt_1_0/end": 404})
    props = Props(deployment)
    props.make(PROFILE, ROOMS)
    deployment.asked.clear()
    assert props.remove() == ["PUT /gifts/loadtest off was refused", "POST /rooms/lt-1-1/end was refused"]
    assert deployment.asked == REMOVED


def test_a_removal_that_is_broken_off_is_made_again() -> None:
    deployment = Deployment()
    props = Props(deployment)
    props.make(PROFILE, ROOMS)
    deployment.asked.clear()
    deployment.breaks = True
    with pytest.raises(KeyboardInterrupt):
        props.remove()
    deployment.breaks = False
    assert props.remove() == []
    assert deployment.asked == [REMOVED[0], *REMOVED]


def test_where_gifts_are_closed_nothing_is_made() -> None:
    deployment = Deployment(is_open=False)
    props = Props(deployment)
    with pytest.raises(TargetRefused, match="--without gift"):
        props.make(PROFILE, ROOMS)
    assert deployment.asked == []
    assert props.remove() == []


def test_what_was_made_before_a_refusal_is_taken_away_and_what_may_have_been_too() -> None:
    deployment = Deployment({"POST /rooms lt-1-1": None})
    props = Props(deployment)
    with pytest.raises(TargetRefused):
        props.make(PROFILE, ROOMS)
    deployment.asked.clear()
    props.remove()
    assert deployment.asked == ["POST /rooms/lt-1-1/end", "POST /rooms/lt-1-0/end"]


def test_a_deployment_that_no_longer_answers_holds_nobody_up() -> None:
    deployment = Deployment({"end": None})
    clock = iter((0.0, 1.0, REMOVE_S + 1))
    props = Props(deployment, lambda: next(clock))
    props.make(PROFILE, ROOMS)
    assert props.remove() == [f"{REMOVED[0]} was refused", "and 4 more, for which there was no time"]
