"""Latest values as they are kept on the server: with their version in front."""

from __future__ import annotations

from liveroom.realtime.backplane.base import Version


def read_value(stored: bytes) -> tuple[Version, bytes]:
    """Version and value (`lua/set_latest.lua`)."""
    term, number, value = stored.split(b" ", 2)
    return (int(term), int(number)), value
