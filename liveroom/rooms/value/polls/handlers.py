"""From commands about polls to the keeper of their documents, and from votes to facts of the ledger."""

from __future__ import annotations

from typing import cast

from liveroom.realtime.catalogue import Model
from liveroom.realtime.wire import encode_value
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.ledger import Answer, Fact
from liveroom.rooms.machines import Keeper
from liveroom.rooms.machines.once import make_id
from liveroom.rooms.messages import poll as messages
from liveroom.rooms.options.switch import require_on
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.poll_state import OPEN, Cancel, Close, Command, Hide, PollState, Settle
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.value.claimants import find_claimant
from liveroom.rooms.value.once_each import asks_spent
from liveroom.rooms.value.opening import answer_once, length_ms, open_once, places_of, require_here
from liveroom.rooms.value.polls.poll_machine import KIND, POLL, Ask, scope_of
from liveroom.rooms.value.polls.vote_decider import VOTE, Ballot

PART = "polls"
"""Of the snapshot."""
CHANGES = ("poll.close", "poll.settle", "poll.cancel", "poll.hide")


class PollHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        changes: dict[str, DeskHandler] = dict.fromkeys(CHANGES, self.change)
        return {"poll.open": self.open, VOTE: vote, **changes}

    async def open(self, room: Room, request: Request, now_ms: int) -> Answer | Model:
        """`poll.open`"""
        lifecycle.require_open(room.document)
        options = room.scene.polls
        require_on(options, room.scene.name, "polls")
        draft = _draft(room, request, now_ms)
        cause = Cause(request.identity.user_id, "poll.open")
        places = places_of(room, POLL, PART, options.most_open, "poll.close")
        state, is_repeat = await open_once(self._keeper, POLL, draft, Ask(draft), cause, places)
        return answer_once(messages.PollAck(poll=state.view()), is_repeat)

    async def change(self, room: Room, request: Request, now_ms: int) -> Model:
        """`poll.close`, `.settle`, `.cancel`, `.hide`"""
        poll_id = cast(messages.OfPoll, request.data).poll
        await require_here(self._keeper, POLL, poll_id, room)
        cause = Cause(request.identity.user_id, request.declared.name)
        state = await self._keeper.carry_out(POLL, poll_id, _command(request.data), cause)
        return messages.PollAck(poll=state.view())


def vote(room: Room, request: Request, now_ms: int) -> Fact:
    """`poll.vote`"""
    lifecycle.require_open(room.document)
    wanted = cast(messages.Vote, request.data)
    user_id = request.identity.user_id
    shown = room.snapshot.parts.get(PART, {}).get(wanted.poll)
    context = Ballot(wanted.choices, find_claimant(room, request.identity, now_ms), asks_spent(shown))
    body = encode_value(wanted)
    return Fact(VOTE, room.id, scope_of(wanted.poll), user_id, request.key or "", body, now_ms, context)


def _draft(room: Room, request: Request, now_ms: int) -> PollState:
    wanted = cast(messages.OpenPoll, request.data)
    options = room.scene.polls
    user_id = request.identity.user_id
    return PollState(
        id=make_id(KIND[0], room.id, user_id, request.key or ""),
        room=room.id,
        by=user_id,
        kind=wanted.kind,
        status=OPEN,
        question=wanted.question,
        choices=wanted.choices,
        picks=wanted.picks,
        secret=wanted.secret,
        audience=wanted.audience,
        right=wanted.right,
        opened_at_ms=now_ms,
        ends_at_ms=now_ms + length_ms(options, wanted.lasts_s),
        result_ms=options.result_s * 1000,
    )


def _command(data: Model) -> Command:
    if isinstance(data, messages.SettlePoll):
        return Settle(data.right)
    if isinstance(data, messages.ClosePoll):
        return Close({})
    return Cancel() if isinstance(data, messages.CancelPoll) else Hide()
