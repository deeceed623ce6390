"""From commands about lotteries to the keeper of their documents, and from entries to facts of the ledger."""

from __future__ import annotations

import secrets
from typing import cast

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import encode_value
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.ledger import Answer, Fact
from liveroom.rooms.machines import Keeper
from liveroom.rooms.machines.once import make_id
from liveroom.rooms.messages import lottery as messages
from liveroom.rooms.options.switch import require_on
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.lottery_state import OPEN, Cancel, Command, Draw, Hide, LotteryState
from liveroom.rooms.rules.traits import clean_name
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.value.claimants import find_claimant
from liveroom.rooms.value.lotteries.entry_decider import Wish
from liveroom.rooms.value.lotteries.entry_rows import ENTER
from liveroom.rooms.value.lotteries.lottery_machine import KIND, LOTTERY, Announce, scope_of
from liveroom.rooms.value.once_each import asks_spent
from liveroom.rooms.value.opening import answer_once, length_ms, open_once, places_of, require_here

PART = "lotteries"
"""Of the snapshot."""
CHANGES = ("lottery.draw", "lottery.cancel", "lottery.hide")
SEED_BYTES = 32
SECRET_BYTES = 16


class LotteryHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        changes: dict[str, DeskHandler] = dict.fromkeys(CHANGES, self.change)
        return {"lottery.open": self.open, ENTER: enter, **changes}

    async def open(self, room: Room, request: Request, now_ms: int) -> Answer | Model:
        """`lottery.open`"""
        lifecycle.require_open(room.document)
        options = room.scene.lotteries
        require_on(options, room.scene.name, "lotteries")
        draft = _draft(room, request, now_ms)
        cause = Cause(request.identity.user_id, "lottery.open")
        places = places_of(room, LOTTERY, PART, options.most_open, "lottery.draw")
        state, is_repeat = await open_once(self._keeper, LOTTERY, draft, Announce(draft), cause, places)
        return answer_once(messages.LotteryAck(lottery=state.view()), is_repeat)

    async def change(self, room: Room, request: Request, now_ms: int) -> Model:
        """`lottery.draw`, `.cancel`, `.hide`"""
        lottery_id = cast(messages.OfLottery, request.data).lottery
        await require_here(self._keeper, LOTTERY, lottery_id, room)
        cause = Cause(request.identity.user_id, request.declared.name)
        state = await self._keeper.carry_out(LOTTERY, lottery_id, _command(request.data), cause)
        return messages.LotteryAck(lottery=state.view())


def enter(room: Room, request: Request, now_ms: int) -> Fact:
    """`lottery.enter`"""
    lifecycle.require_open(room.document)
    lottery_id = cast(messages.EnterLottery, request.data).lottery
    return make_entry(room, request.identity, lottery_id, request.key or "", now_ms, said=False)


def make_entry(room: Room, identity: Identity, lottery_id: str, key: str, now_ms: int, *, said: bool) -> Fact:
    """The fact of an entry; the decider answers what becomes of it.

    Args:
        said: they have said the keyword in a comment.
    """
    shown = room.snapshot.parts.get(PART, {}).get(lottery_id)
    name = clean_name(identity.name, identity.user_id)
    context = Wish(find_claimant(room, identity, now_ms), name, said, asks_spent(shown))
    body = encode_value(messages.EnterLottery(lottery=lottery_id))
    return Fact(ENTER, room.id, scope_of(lottery_id), identity.user_id, key, body, now_ms, context)


def _draft(room: Room, request: Request, now_ms: int) -> LotteryState:
    wanted = cast(messages.OpenLottery, request.data)
    options = room.scene.lotteries
    user_id = request.identity.user_id
    return LotteryState(
        id=make_id(KIND[0], room.id, user_id, request.key or ""),
        room=room.id,
        by=user_id,
        status=OPEN,
        title=wanted.title,
        prizes=wanted.prizes,
        way=wanted.way,
        audience=wanted.audience,
        seed=secrets.token_hex(SEED_BYTES),
        secret=secrets.token_hex(SECRET_BYTES),
        commitment="",
        opened_at_ms=now_ms,
        ends_at_ms=now_ms + length_ms(options, wanted.lasts_s),
        suspense_ms=options.suspense_s * 1000,
        result_ms=options.result_s * 1000,
    )


def _command(data: Model) -> Command:
    if isinstance(data, messages.DrawLottery):
        # How many have entered is read where the document is changed; a repeat needs no number.
        return Draw(0)
    return Cancel() if isinstance(data, messages.CancelLottery) else Hide()
