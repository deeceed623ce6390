"""The trivial server with faults in it, to prove that the gate finds them. Arguments: fault, port.

`none`; `withhold`, one viewer is never told a total; `slow`, the server stands still for 700 ms with every 80th comment
and refuses every 80th; `lose`, one viewer misses every 40th comment; `deaf`, comments are acked and nobody is told;
`wrong`, of 40 comments one viewer gets one twice, one after the next one, and one is acked and shown to nobody, every
20th batch of likes counts twice, and every 5th coupon is granted to two.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection

from loadtests.drive.trivial_server import TrivialRoom, TrivialServer

FAULT, PORT = sys.argv[1], int(sys.argv[2])
STALL_S = 0.7
EVERY = 40
STOCK = 20


class PlantedRoom(TrivialRoom):
    """Tells everybody, with the fault."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        if FAULT == "wrong":
            self.goods.stock = STOCK
        self._victim: ServerConnection | None = None
        self._kept_back: bytes | None = None

    def spread(self, payload: bytes) -> None:
        """The struck comment goes wrong for one of the viewers, always the same one."""
        if FAULT == "deaf" and b'"comment.sent"' in payload:
            return
        turn = self.seq % EVERY if b'"comment.sent"' in payload else -1
        if FAULT == "wrong" and turn == 30:
            # A hole in the numbers would give it away: everybody gets an event, but not this one.
            payload = payload.replace(b"comment.sent", b"room.updated")
        if self._victim not in self.members:
            self._victim = next(iter(self.members), None)
        everybody, victim = self.members, {self._victim} & self.members
        self.members = everybody - victim
        super().spread(payload)
        self.members = victim
        self._tell_victim(payload, turn)
        self.members = everybody

    def _tell_victim(self, payload: bytes, turn: int) -> None:
        if FAULT == "withhold" and b'"latest"' in payload:
            return
        if FAULT == "lose" and turn == 0:
            return
        if FAULT == "wrong" and turn == 20:
            self._kept_back = payload
            return
        super().spread(payload)
        if FAULT == "wrong" and turn == 10:
            super().spread(payload)
        if self._kept_back is not None and b'"events"' in payload:
            super().spread(self._kept_back)
            self._kept_back = None


class PlantedServer(TrivialServer):
    """Answers, with the fault."""

    room_class = PlantedRoom
    refused = False
    """Whether the last one that was struck was refused: the next one passes, or none ever would."""

    def act(self, room: TrivialRoom, frame: dict[str, Any], user: str) -> list[dict[str, Any]]:
        """The struck command goes wrong."""
        if FAULT == "slow" and frame["type"] == "comment.send":
            if room.seq % (2 * EVERY) == 0:
                time.sleep(STALL_S)
            if room.seq % EVERY == 20:
                self.refused = not self.refused
                if self.refused:
                    error = {"code": "internal", "message": "no", "retryable": True}
                    return [{"type": "error", "id": frame["id"], "error": error}]
        if FAULT == "wrong" and frame["type"] == "like.send" and frame["id"] % 20 == 0:
            room.goods.likes += frame["data"]["count"]
        replies = super().act(room, frame, user)
        if FAULT == "wrong" and frame["type"] == "coupon.claim" and room.goods.granted % 5 == 0:
            for reply in replies:
                reply["data"] = {"outcome": "granted", "grant": {"id": f"grant-{room.goods.granted - 1}"}}
        return replies


if __name__ == "__main__":
    uvloop.run(PlantedServer().run(PORT))
