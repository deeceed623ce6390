"""Who may send what is read from what a room shows."""

from __future__ import annotations

from typing import Any

import pytest

from liveroom.realtime.media.events import BOTH, Kind
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules.media_rights import NONE, derive


def _device(*, on: bool = True, allowed: bool = True) -> dict[str, bool]:
    return {"on": on, "allowed": allowed}


def _guest(user_id: str, kind: str, mic: dict[str, bool], camera: dict[str, bool]) -> dict[str, Any]:
    user = Person(id=user_id, name=user_id).model_dump()
    return {"user": user, "kind": kind, "mic": mic, "camera": camera, "since": 1}


def _stage(*seats: dict[str, Any] | None) -> dict[str, Any]:
    shown = [
        {"number": number, "status": "taken" if guest else "free"} | ({"guest": guest} if guest else {})
        for number, guest in enumerate(seats, 1)
    ]
    return {"stages": {"r": {"id": "r", "version": 1, "status": "open", "seats": shown}}}


def test_the_host_may_send_both_and_nobody_else() -> None:
    rights = derive("r", "host", {}, is_over=False)
    assert rights.seats == {"host": (0, BOTH)}
    assert not rights.links


def test_guests_may_send_what_is_on_and_allowed() -> None:
    parts = _stage(
        _guest("ann", "video", _device(), _device()),
        None,
        _guest("bob", "video", _device(allowed=False), _device()),
        _guest("cid", "audio", _device(), _device()),
        _guest("dot", "video", _device(on=False), _device(on=False)),
    )
    rights = derive("r", "host", parts, is_over=False)
    assert rights.seats == {
        "host": (0, BOTH),
        "ann": (1, BOTH),
        "bob": (3, frozenset({Kind.VIDEO})),
        "cid": (4, frozenset({Kind.AUDIO})),
        "dot": (5, frozenset()),
    }


def test_a_room_that_is_over_lets_nobody_through() -> None:
    assert derive("r", "host", _stage(_guest("ann", "audio", _device(), _device())), is_over=True) == NONE


@pytest.mark.parametrize(
    ("status", "answer", "links"),
    [
        ("running", "joined", {"s", "t"}),
        ("punishment", "joined", {"s", "t"}),
        ("invited", "joined", set()),
        ("ended", "joined", set()),
        ("running", "waiting", set()),
    ],
)
def test_rooms_of_a_battle_are_linked_while_it_is_on(status: str, answer: str, links: set[str]) -> None:
    parties = [
        {"room": "r", "answer": answer},
        {"room": "s", "answer": "joined"},
        {"room": "t", "answer": "joined"},
        {"room": "u", "answer": "refused"},
    ]
    battle = {"id": "b", "version": 1, "status": status, "parties": parties}
    assert derive("r", "host", {"battles": {"b": battle}}, is_over=False).links == links
