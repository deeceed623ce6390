"""Who talks, from the level that each audio packet carries (RFC 6464); nothing is decoded.

Promise: somebody talks who was loud in at least `SHARE` of the packets of a window; one loud click does not make a
speaker, and a short pause does not end one.
"""

from __future__ import annotations

LOUD = 35
"""dBov below full scale; at this or less a packet is loud."""
SHARE = 0.4
LEAST_PACKETS = 4
SILENT = 127


class Loudness:
    """The level of one person, over a window that `look` ends."""

    def __init__(self) -> None:
        self.is_talking = False
        self.level = SILENT
        self._packets = self._loud = self._sum = 0
        self._was_loud = False

    def hear(self, extension: bytes) -> None:
        """A packet with this level extension."""
        level = extension[0] & 0x7F
        self._packets += 1
        if level <= LOUD:
            self._loud += 1
            self._sum += level

    def look(self) -> bool:
        """End the window; whether this person talks, over this window and the one before."""
        is_loud = self._packets >= LEAST_PACKETS and self._loud >= SHARE * self._packets
        self.level = self._sum // self._loud if self._loud else SILENT
        self.is_talking = is_loud or (self._was_loud and self.is_talking)
        self._was_loud = is_loud
        self._packets = self._loud = self._sum = 0
        return self.is_talking
