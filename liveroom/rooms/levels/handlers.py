"""From commands about the fan club, and the word that somebody shared the room, to what becomes of them."""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.counted_once import CountedOnce
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer, Fact
from liveroom.rooms.levels.club import Wish, club_fact
from liveroom.rooms.levels.deeds import DeedBook, terms_of
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.points import Action

DONE = Answer(b"")
REPEATED = Answer(b"", duplicate=True)


class LevelHandlers:
    """See the module."""

    def __init__(self, book: DeedBook) -> None:
        self._book = book
        self._shared = CountedOnce()

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        return {"club.join": self.change_club, "club.leave": self.change_club, "room.share": self.share}

    def change_club(self, room: Room, request: Request, now_ms: int) -> Fact:
        """`club.join`, `club.leave`"""
        require_club(room)
        known = room.traits_of(request.identity)
        joins = request.declared.name == "club.join"
        if joins and not room.scene.club.open:
            text = "the fan club of this room takes members only through the app"
            raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state="closed")
        wish = Wish(joins, known.name, known.demo, known.level, terms_of(room))
        return club_fact(room.id, known.user_id, request.key or "", wish, now_ms)

    def share(self, room: Room, request: Request, now_ms: int) -> Answer:
        """`room.share`"""
        if self._shared.is_repeat(room, request, now_ms):
            return REPEATED
        self._book.add(room, request.identity.user_id, Action.SHARE, 1)
        return DONE


def require_club(room: Room) -> None:
    """Check that the scene has a fan club.

    Raises:
        Refusal: `wrong_state`, off.
    """
    if not (room.scene.club.on and room.scene.levels.on):
        text = f"the scene {room.scene.name} has no fan club (sections [levels] and [club])"
        raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state="off")
