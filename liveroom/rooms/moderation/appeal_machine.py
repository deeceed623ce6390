"""Requests to be let in again as documents, with what is told and filed of each."""

from __future__ import annotations

from pydantic import TypeAdapter

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.identity import Role
from liveroom.rooms.machines import Elapse, Machine, Step
from liveroom.rooms.machines.contract import ForSome
from liveroom.rooms.messages.review import AppealChanged
from liveroom.rooms.moderation.orders import Order
from liveroom.rooms.room import STAFF_ROLES
from liveroom.rooms.rules import appeals
from liveroom.rooms.rules.appeals import AppealState, Ask, Decide
from liveroom.rooms.storage.audit import Entry, audit_message

KIND = "appeal"


def appeal_id(room: str, user_id: str) -> str:
    """Of the document; no room has a colon in its name."""
    return f"{room}:{user_id}"


def apply(state: AppealState | None, command: Ask | Order[Decide] | Elapse, now_ms: int) -> Step[AppealState]:
    """See `Machine.apply`."""
    if isinstance(command, Elapse):
        raise TypeError("nothing of an appeal is due")
    after = appeals.apply(state, command.command if isinstance(command, Order) else command, now_ms)
    if after is state:
        return Step(after)
    told = ForSome(after.room, Target(roles=STAFF_ROLES), AppealChanged(appeal=after.view()))
    return Step(after, (told, audit_message(after.room, _entry(after, command, now_ms))))


def _entry(after: AppealState, command: Ask | Order[Decide], now_ms: int) -> Entry:
    if isinstance(command, Ask):
        return Entry(now_ms, after.user_id, Role.VIEWER, "appeal.ask", after.user_id, {"text": after.text})
    facts = {"status": after.status.value}
    return Entry(now_ms, command.who, command.role, "appeal.decide", after.user_id, facts)


APPEAL: Machine[AppealState] = Machine(
    KIND, TypeAdapter(AppealState), apply, due=lambda state: None, room=lambda state: state.room
)
