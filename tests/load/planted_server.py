"""The trivial server with a fault in it, to prove that the gate finds it. Arguments: fault, port.

Faults: `none`; `stall`, the server stands still for 700 ms with every 40th comment; `lose`, one viewer misses every
40th comment; `double`, one viewer gets it twice; `swap`, one viewer gets it after the next one; `forget`, it is acked
and shown to nobody; `likes`, every 20th batch of likes counts twice; `refuse`, every 40th comment is refused.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import uvloop

from loadtests.drive.trivial_server import TrivialRoom, TrivialServer

FAULT, PORT = sys.argv[1], int(sys.argv[2])
STALL_S = 0.7


class PlantedRoom(TrivialRoom):
    """Tells everybody, with the fault."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._kept_back: bytes | None = None

    def spread(self, payload: bytes) -> None:
        """The struck comment goes wrong for one of the viewers."""
        struck = b'"events"' in payload and self.seq % 40 == 0
        if struck and FAULT == "forget":
            # A hole in the numbers would give it away: everybody gets an event, but not this one.
            payload = payload.replace(b"comment.sent", b"room.updated")
        if FAULT not in ("lose", "double", "swap"):
            super().spread(payload)
            return
        victim = next(iter(self.members))
        others, everybody = self.members - {victim}, self.members
        self.members = others
        super().spread(payload)
        self.members = {victim}
        if not struck or FAULT == "double":
            super().spread(payload)
        if struck and FAULT == "double":
            super().spread(payload)
        if self._kept_back is not None and b'"events"' in payload:
            super().spread(self._kept_back)
            self._kept_back = None
        if struck and FAULT == "swap":
            self._kept_back = payload
        self.members = everybody


class PlantedServer(TrivialServer):
    """Answers, with the fault."""

    room_class = PlantedRoom
    refused = False
    """Whether the last one that was struck was refused: the next one passes, or none ever would."""

    def act(self, room: TrivialRoom, frame: dict[str, Any]) -> dict[str, Any]:
        """The struck command goes wrong."""
        if frame["type"] == "comment.send" and room.seq % 40 == 0:
            if FAULT == "stall":
                time.sleep(STALL_S)
            if FAULT == "refuse":
                self.refused = not self.refused
                if self.refused:
                    error = {"code": "internal", "message": "no", "retryable": True}
                    return {"type": "error", "id": frame["id"], "error": error}
        if frame["type"] == "like.send" and FAULT == "likes" and frame["id"] % 20 == 0:
            room.likes += frame["data"]["count"]
        return super().act(room, frame)


if __name__ == "__main__":
    uvloop.run(PlantedServer().run(PORT))
