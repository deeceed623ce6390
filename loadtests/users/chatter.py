"""Those who comment."""

from __future__ import annotations

from typing import Any

from loadtests.line.stamp import Stamp, write_text
from loadtests.line.visit import Act
from loadtests.users.base import RoomUser


class Chatter(RoomUser):
    """Writes comments, each with a key, as a client does."""

    kind = "comment"

    def act(self, number: int, intended_ns: int) -> None:
        """Send one, and do not wait for anything."""
        stamp = Stamp(self.kind, self.place.number, number, intended_ns)

        def on_ack(frame: dict[str, Any]) -> None:
            if frame.get("data", {}).get("shed"):
                self.desk.ledger.notices["comment sampled out"] += 1
            elif "seq" in frame:
                room = self.desk.ledger.room(self.place.room)
                room.note_top(int(frame["seq"]))
                room.acked[int(frame["seq"])] = (self.kind, stamp.user, stamp.number)

        key = f"{stamp.intended_ns:x}-{self.kind[0]}{stamp.user}-{stamp.number}"
        self.visit.act(Act(self.kind, intended_ns, on_ack), "comment.send", {"text": write_text(stamp)}, key)
