"""The document of who may write in a room and what is pinned, with what is told and filed of each change."""

from __future__ import annotations

from pydantic import TypeAdapter

from liveroom.rooms.machines.contract import ForRoom, Machine, Step
from liveroom.rooms.messages.talk import TalkChanged
from liveroom.rooms.moderation.orders import Order
from liveroom.rooms.rules import talk_state
from liveroom.rooms.rules.talk_state import Pin, SetRules, TakeBack, TalkState
from liveroom.rooms.storage.audit import Entry, audit_message


def apply(state: TalkState | None, order: Order[talk_state.Command], now_ms: int) -> Step[TalkState]:
    """See `Machine.apply`."""
    before = state or TalkState(order.room)
    after = talk_state.apply(before, order.command)
    if after.version == before.version:
        return Step(after)
    changed = ForRoom(order.room, TalkChanged(talk=after.view()))
    if isinstance(order.command, TakeBack):
        # Who takes it back is filed with the removal.
        return Step(after, (changed,))
    entry = Entry(now_ms, order.who, order.role, order.name, _subject(before, order.command), _facts(order.command))
    return Step(after, (changed, audit_message(order.room, entry)))


def _subject(before: TalkState, command: talk_state.Command) -> str | None:
    if isinstance(command, Pin):
        return command.pinned.comment.id
    if isinstance(command, SetRules) or before.pinned is None:
        return None
    return before.pinned.comment.id


def _facts(command: talk_state.Command) -> dict[str, object]:
    return dict(command.changes) if isinstance(command, SetRules) else {}


TALK: Machine[TalkState] = Machine(
    "talk", TypeAdapter(TalkState), apply, due=lambda state: None, room=lambda state: state.room
)
