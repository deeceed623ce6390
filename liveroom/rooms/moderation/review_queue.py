"""What waits for the staff of a room: held comments, and people who ask to be let in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import as_sent
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper, read_state
from liveroom.rooms.messages.review import Appeal, AppealStatus, HeldComment
from liveroom.rooms.moderation.appeal_machine import APPEAL, appeal_id
from liveroom.rooms.moderation.held_machine import HELD, MOST_HELD
from liveroom.rooms.rules.appeals import AppealState, Ask
from liveroom.rooms.rules.bans import active
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.open_documents import OpenDocuments
from liveroom.rooms.store import RoomStore

MOST_APPEALS = 200


class ReviewQueue:
    """See the module."""

    def __init__(self, documents: OpenDocuments, keeper: Keeper, store: RoomStore, clock: Clock) -> None:
        self._documents = documents
        self._keeper = keeper
        self._store = store
        self._clock = clock

    async def held(self, room: str) -> Sequence[HeldComment]:
        """Comments that wait, the one that waits no longer first."""
        found = await self._documents.list(HELD.kind, room, MOST_HELD)
        return [read_state(HELD, each).view() for each in found]

    async def appeals(self, room: str) -> Sequence[Appeal]:
        """Requests that are not answered yet."""
        found = await self._documents.of_room(APPEAL.kind, room, AppealStatus.OPEN.value, MOST_APPEALS)
        return [read_state(APPEAL, each).view() for each in found]

    async def read(self, room: str) -> Mapping[str, object]:
        """Both, as fields of the `me` part."""
        waiting = {"held": await self.held(room), "appeals": await self.appeals(room)}
        return {name: [as_sent(each) for each in found] for name, found in waiting.items() if found}

    async def find_appeal(self, room: str, user_id: str) -> Appeal:
        """The newest request of somebody.

        Raises:
            Refusal: `not_found`.
        """
        state = await self._keeper.load(APPEAL, appeal_id(room, user_id))
        if state is None:
            raise Refusal(ErrorCode.NOT_FOUND, "you have not asked to be let in again")
        return state.view()

    async def appeal(self, room: str, user_id: str, text: str) -> Appeal:
        """Ask to be let in again.

        Raises:
            Refusal: `wrong_state`, not banned here, or asked already; `invalid_field`; `room_not_found`.
        """
        if await self._store.load(room) is None:
            raise Refusal(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
        ban = (await self._store.bans(room)).get(user_id)
        if not active(ban, self._clock.now_ms()):
            raise Refusal(ErrorCode.WRONG_STATE, "you are not banned from this room", state="not_banned")
        ask, cause = Ask(room, user_id, text), Cause(user_id, "appeal.ask")
        return (await self._ask(appeal_id(room, user_id), ask, cause)).view()

    async def _ask(self, document_id: str, ask: Ask, cause: Cause) -> AppealState:
        try:
            return await self._keeper.carry_out(APPEAL, document_id, ask, cause)
        except RealtimeError as refused:
            if refused.code != ErrorCode.NOT_FOUND:
                raise
        return await self._keeper.create(APPEAL, document_id, ask, cause)
