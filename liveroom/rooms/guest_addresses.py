"""Keeps a banned guest from coming back at once as another guest.

A guest is whoever has no token, so banning one user id means little. For a bounded time the ban also keeps out guests
from the address the banned one first came from, or from the same /64 of IPv6. It is a hurdle and no wall: others behind
the same address are kept out too unless they sign in, and who has another address comes in. People with a token are
never concerned.

Promise: what holds follows from the bans alone, so it is the same on every node and after a restart: the id of a guest
carries a mark of the address, which only the server can read. No address is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from liveroom.rooms.rules.bans import Ban


class GuestMarks(Protocol):
    """What ids of guests tell those who have the server's secret."""

    def of_guest(self, user_id: str) -> bytes | None:
        """The mark in an id; None when it is not that of a guest. An id that looks like one has a mark of nobody."""

    def of_address(self, address: str) -> bytes:
        """The mark that guests from there get."""


class GuestAddresses:
    """See the module; for one room."""

    def __init__(self) -> None:
        self._bans: Mapping[str, Ban] = {}
        self._by_mark: dict[bytes, list[Ban]] = {}

    def keeps_out(
        self, marks: GuestMarks, address: str, bans: Mapping[str, Ban], *, limit_ms: int, now_ms: int
    ) -> bool:
        """Whether guests from this address have to stay outside now; an empty address is not known.

        Args:
            bans: of the room; another object when they were changed.
            limit_ms: longest time an address is kept out; a shorter ban ends it sooner.
        """
        if not address or not limit_ms or not bans:
            return False
        if bans is not self._bans:
            self._read(marks, bans)
        return any(_lasts(ban, limit_ms, now_ms) for ban in self._by_mark.get(marks.of_address(address), ()))

    def _read(self, marks: GuestMarks, bans: Mapping[str, Ban]) -> None:
        self._bans, self._by_mark = bans, {}
        for ban in bans.values():
            mark = marks.of_guest(ban.user_id)
            if mark is not None:
                self._by_mark.setdefault(mark, []).append(ban)


def _lasts(ban: Ban, limit_ms: int, now_ms: int) -> bool:
    until_ms = ban.at_ms + limit_ms
    return now_ms < (until_ms if ban.until_ms is None else min(until_ms, ban.until_ms))
