"""The host of a room: measures when a question is on the host's screen."""

from __future__ import annotations

from loadtests.users.base import RoomUser


class Host(RoomUser):
    """Watches as the host."""

    role = "host"
