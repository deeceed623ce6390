"""`python -m liveroom.server` is the command `liveroom`."""

from __future__ import annotations

from liveroom.server.cli import main

main()
