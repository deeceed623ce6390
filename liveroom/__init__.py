"""liveroom: a self-hosted real-time backend for live shows.

Four packages with one direction: `server` runs it, `bridge` turns viewers into members, `rooms` knows what happens
in a room, `realtime` moves bytes. Each imports only from those after it in this list.
"""

from __future__ import annotations

__version__ = "0.1.0"
