"""Moves bytes: wire, connections, fan-out, presence, backplane, media.

Nothing in this package knows what a comment is; `liveroom.rooms` tells it.
"""
