"""Keeps a banned guest from coming back at once as another guest.

A guest is whoever has no token, so banning one user id means little. For a bounded time the ban also keeps out guests
from the same address, or from the same /64 of IPv6. It is a hurdle and no wall: others behind the same address are
kept out too unless they sign in, and who has another address comes in. People with a token are never concerned.

Promise: bounded memory; what is remembered is this node's alone and ends with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from liveroom.realtime.occupancy import network_of
from liveroom.rooms.rules.bans import Ban, active

MAX_SEEN = 2_000
"""Guests whose address is remembered, those who came last; a ban of somebody who came earlier holds for their id."""
MAX_KEPT_OUT = 1_000
"""Addresses kept out; beyond it the oldest are let in."""


class GuestAddresses:
    """See the module; for one room."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._kept_out: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def note(self, user_id: str, address: str) -> None:
        """A guest is in the room; an empty address is not known."""
        if not address:
            return
        self._seen[user_id] = network_of(address)
        self._seen.move_to_end(user_id)
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)

    def follow(self, bans: Mapping[str, Ban], known: Mapping[str, Ban], limit_ms: int, now_ms: int) -> None:
        """The bans of the room have changed: keep out from where the newly banned came, let in whose ban was lifted.

        Args:
            known: the bans before.
            limit_ms: longest time an address is kept out; a shorter ban ends it sooner.
        """
        for network, (user_id, _) in list(self._kept_out.items()):
            if user_id not in bans:
                del self._kept_out[network]
        for user_id in self._seen.keys() & bans.keys():
            ban = bans[user_id]
            if known.get(user_id) != ban and active(ban, now_ms):
                until_ms = now_ms + limit_ms
                self._keep_out(user_id, until_ms if ban.until_ms is None else min(until_ms, ban.until_ms))

    def keeps_out(self, address: str, now_ms: int) -> bool:
        """Whether guests from this address have to stay outside now."""
        if not self._kept_out or not address:
            return False
        network = network_of(address)
        _, until_ms = self._kept_out.get(network, ("", 0))
        if until_ms > now_ms:
            return True
        self._kept_out.pop(network, None)
        return False

    def _keep_out(self, user_id: str, until_ms: int) -> None:
        network = self._seen[user_id]
        self._kept_out[network] = user_id, until_ms
        self._kept_out.move_to_end(network)
        if len(self._kept_out) > MAX_KEPT_OUT:
            self._kept_out.popitem(last=False)
