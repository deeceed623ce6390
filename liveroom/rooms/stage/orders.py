"""From what was asked on the wire to the commands of the stage's rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages import stage as messages
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.stage_view import LINE_CHARS
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import stage_commands as orders
from liveroom.rooms.rules import traits
from liveroom.rooms.rules.lines import fit_line


def make_order(room: Room, request: Request) -> orders.Command:
    """The command of a request."""
    return _ORDERS[type(request.data)](room, request, request.data)


def subject_of(request: Request) -> str:
    """Whom a request is about: the person it names, else its sender."""
    return request.data.user_id if isinstance(request.data, messages.OfGuest) else request.identity.user_id


def sender_of(room: Room, request: Request) -> Person:
    """Who sends a request, by name."""
    return room.traits_of(request.identity).person()


def named(room: Room, user_id: str, name: str | None) -> Person:
    """Somebody by the name that this node knows, else the one that was given, else their id."""
    viewer = room.attendance.viewers.get(user_id)
    return (
        viewer.traits.person()
        if viewer is not None
        else Person(id=user_id, name=traits.clean_name(name or "", user_id))
    )


def _apply(room: Room, request: Request, asked: Any) -> orders.Command:
    return orders.Apply(
        sender_of(room, request), asked.kind, room.talk.line(fit_line(asked.line, LINE_CHARS), request.role)
    )


def _invite(room: Room, request: Request, asked: Any) -> orders.Command:
    guest = named(room, asked.user_id, asked.name)
    return orders.Invite(guest, asked.kind, sender_of(room, request), asked.seat)


def _answer(room: Room, request: Request, asked: Any) -> orders.Command:
    user_id = request.identity.user_id
    return orders.Agree(user_id) if asked.accept else orders.Decline(user_id)


_ORDERS: Mapping[type[Model], Callable[[Room, Request, Any], orders.Command]] = {
    messages.ApplyForStage: _apply,
    messages.CancelApplication: lambda _, request, __: orders.Cancel(request.identity.user_id),
    messages.AnswerInvitation: _answer,
    messages.LeaveStage: lambda _, request, __: orders.Leave(request.identity.user_id),
    messages.SwitchDevices: lambda _, request, asked: orders.Switch(request.identity.user_id, asked.mic, asked.camera),
    messages.AcceptApplicant: lambda _, __, asked: orders.Accept(asked.user_id, asked.seat),
    messages.RefuseApplicant: lambda _, __, asked: orders.Refuse(asked.user_id),
    messages.InviteGuest: _invite,
    messages.WithdrawInvitation: lambda _, __, asked: orders.Withdraw(asked.user_id),
    messages.RemoveGuest: lambda _, __, asked: orders.Remove(asked.user_id),
    messages.MoveGuest: lambda _, __, asked: orders.Move(asked.user_id, asked.seat),
    messages.AllowDevices: lambda _, __, asked: orders.Allow(asked.user_id, asked.mic, asked.camera),
    messages.SetTurn: lambda _, __, asked: orders.SetTurn(asked.user_id, asked.ends_at),
    messages.LockSeat: lambda _, __, asked: orders.Lock(asked.seat),
    messages.UnlockSeat: lambda _, __, asked: orders.Unlock(asked.seat),
    messages.ReserveSeat: lambda room, _, asked: orders.Reserve(asked.seat, named(room, asked.user_id, asked.name)),
    messages.ConfigureStage: lambda _, __, asked: orders.Configure(asked.auto, asked.applications),
}
ORDERED = tuple(_ORDERS)
"""The wire's commands; a test compares with the catalogue."""
