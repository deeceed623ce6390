"""The names of keys and channels on the server.

Promise: all names of a room carry the same hash tag `{room}`, so that one script may use them all in a cluster;
names of two deployments with different `db` are never equal, which matters for channels, as those know no databases.
"""

from __future__ import annotations

from binascii import crc_hqx

SLOTS = 16_384
LANE = "@nodes"
"""Where messages to nodes travel. No room has such a name (`codes.ROOM_PATTERN`)."""
RATE_TAGS = 16
"""Buckets are spread over so many tags, so that a batch of wishes is at most so many calls."""


class Keys:
    """See the module.

    Args:
        db: number of the database.
    """

    def __init__(self, db: int) -> None:
        self._prefix = f"liveroom:{db}:"

    def room(self, room: str) -> str:
        """Hash: epoch, seq, bytes of the history, run of the server."""
        return f"{self._prefix}{{{room}}}:room"

    def history(self, room: str) -> str:
        """List: the newest events."""
        return f"{self._prefix}{{{room}}}:past"

    def values(self, room: str) -> str:
        """Hash: latest values by kind."""
        return f"{self._prefix}{{{room}}}:values"

    def sums(self, room: str) -> str:
        """Hash: counters."""
        return f"{self._prefix}{{{room}}}:sums"

    def viewers(self, room: str) -> str:
        """Hash: viewers by node."""
        return f"{self._prefix}{{{room}}}:here"

    def repeat(self, room: str, key: str) -> str:
        """String: what became of a key."""
        return f"{self._prefix}{{{room}}}:key:{key}"

    def rate(self, bucket: str) -> tuple[str, str]:
        """The tag of a bucket, and its key: a string."""
        tag = f"@{crc_hqx(bucket.encode(), 0) % RATE_TAGS}"
        return tag, f"{self._prefix}{{{tag}}}:rate:{bucket}"

    def channel(self, room: str) -> bytes:
        """Where a room speaks."""
        return f"{self._prefix}{{{room}}}".encode()


def slot(tag: str) -> int:
    """The slot of a cluster that holds a tag (Redis cluster specification: CRC16 of the hash tag, modulo 16384)."""
    return crc_hqx(tag.encode(), 0) % SLOTS
