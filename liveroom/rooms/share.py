"""This node's part of a number that all nodes sum up.

Promise: nothing is lost and nothing counted twice, whatever fails: an addition whose outcome is not known is repeated
under its key before anything else is added. A sum that the backplane has lost with its data goes on from the highest
that a node has heard.
"""

from __future__ import annotations

import secrets

from liveroom.realtime.backplane.base import Backplane


class Share:
    """See the module.

    Args:
        room: whose counter it is.
        name: of the counter.
    """

    def __init__(self, backplane: Backplane, room: str, name: str) -> None:
        self.name = name
        self._backplane = backplane
        self._room = room
        # No user id begins with a line break, so no key of a command is like this one.
        self._key = f"\nshare\n{secrets.token_hex(6)}\n{name}"
        self._summed = 0
        self._handed = 0
        self._heard = 0

    @property
    def is_unsure(self) -> bool:
        """Whether the outcome of the last addition is not known."""
        return self._handed != self._summed

    @property
    def summed(self) -> int:
        """How much of this node's part is known to be in the sum."""
        return self._summed

    def known(self, own: int) -> int:
        """The sum as far as it is known without asking, with a part of `own` here."""
        return self._heard + own - self._summed

    def expect(self, total: int) -> None:
        """The sum is at least this."""
        self._heard = max(self._heard, total)

    async def add(self, own: int) -> tuple[int, int]:
        """Bring this node's part up to `own`; after a failure only up to where it was to come then.

        Returns:
            What was added now, and the sum of all nodes right after that.

        Raises:
            BackplaneUnavailable: not added, or not known; the next call finds out.
        """
        if not self.is_unsure:
            self._handed = own
        added = self._handed - self._summed
        key = f"{self._key}\n{self._summed}\n{self._handed}" if added else None
        totals = await self._backplane.add(self._room, {self.name: added}, key, {self.name: self._heard})
        self._summed = self._handed
        self.expect(totals[self.name])
        return added, totals[self.name]

    async def catch_up(self, own: int) -> int:
        """Bring this node's part up to `own` and return the sum of all nodes.

        Raises:
            BackplaneUnavailable: as `add`.
        """
        _, total = await self.add(own)
        while self._summed != own:
            _, total = await self.add(own)
        return total
