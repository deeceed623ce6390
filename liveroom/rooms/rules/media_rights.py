"""Who may send what in a room, read from what the room shows: its host, the seats of its stage, its battle (L20, L23).

Promise: pure; the shown state is the only source, so what people see and what the engine lets through cannot differ for
longer than a change takes. A room that has ended lets nobody through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liveroom.realtime.media.events import BOTH, Kind, Kinds
from liveroom.rooms.rules.parts import Parts

HOST_SEAT = 0
NOT_LINKED = frozenset({"invited", "ended"})
"""Statuses of a battle in which its rooms do not hear each other."""
ANSWERED = "joined"

Json = Mapping[str, Any]
Seats = Mapping[str, tuple[int, Kinds]]
"""By user id: seat number and what may be sent."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the engine is to let through for one room."""

    seats: Seats = field(default_factory=dict)
    links: frozenset[str] = frozenset()


NONE = Rights()


def derive(room: str, host_id: str, parts: Parts, *, is_over: bool) -> Rights:
    """The rights of a room."""
    if is_over:
        return NONE
    stage = parts.get("stages", {}).get(room)
    guests = _read_seats(stage) if stage is not None else {}
    seats = {**guests, host_id: (HOST_SEAT, BOTH)}
    links = {other for battle in parts.get("battles", {}).values() for other in _read_links(battle, room)}
    return Rights(seats, frozenset(links))


def _read_seats(stage: Json) -> dict[str, tuple[int, Kinds]]:
    found: dict[str, tuple[int, Kinds]] = {}
    for seat in stage["seats"]:
        guest = seat.get("guest")
        if guest is not None:
            found[guest["user"]["id"]] = (seat["number"], _read_kinds(guest))
    return found


def _read_kinds(guest: Json) -> Kinds:
    kinds = set()
    if _is_on(guest["mic"]):
        kinds.add(Kind.AUDIO)
    if guest["kind"] == "video" and _is_on(guest["camera"]):
        kinds.add(Kind.VIDEO)
    return frozenset(kinds)


def _is_on(device: Json) -> bool:
    return bool(device["on"] and device["allowed"])


def _read_links(battle: Json, room: str) -> set[str]:
    if battle["status"] in NOT_LINKED:
        return set()
    rooms = {party["room"] for party in battle["parties"] if party["answer"] == ANSWERED}
    return rooms - {room} if room in rooms else set()
