"""The frames of one catalogue: models whose content depends on what was declared.

`frames.py` has what is always the same; here the events, totals and acks of the declared kinds are put in.
Promise: every kind and every command of the catalogue appears, under the delivery class it was declared with.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from liveroom.realtime import frames, wire
from liveroom.realtime.catalogue import Catalogue, Delivery, EventKind, Model
from liveroom.realtime.decoder import Decoder

JOIN = "room.join"


@dataclass(frozen=True, slots=True)
class FrameModels:
    """All models, by name on the wire.

    Args:
        client: frames a client sends: `connect`, `ping`, `pong` and every command.
        server: frames the server sends, by `type`.
        events: event objects `{kind, ts, data}`, by kind; those of class latest are values without an envelope.
        acks: the whole `ack` of each command.
        ack_data: its `data`; commands whose ack has none are left out.
    """

    client: Mapping[str, type[Model]]
    server: Mapping[str, type[Model]]
    events: Mapping[str, type[Model]]
    acks: Mapping[str, type[Model]]
    ack_data: Mapping[str, type[Model]]


def make_frame_models(catalogue: Catalogue, *, snapshot: type[Model], me: type[Model]) -> FrameModels:
    """Make the models of a complete catalogue.

    Args:
        snapshot: what a join without a usable position answers about the room.
        me: what a join answers about the viewer.
    """
    events = {kind: _make_event(declared) for kind, declared in sorted(catalogue.events.items())}
    sequenced = _any_of(catalogue, events, Delivery.SEQUENCED)
    totals = _make_totals(catalogue)
    joined = _make_joined(sequenced, totals, snapshot, me)
    server = _make_server_frames(joined, totals, sequenced, _any_of(catalogue, events, Delivery.PRIVATE))
    ack_data = {name: declared.ack for name, declared in catalogue.commands.items() if declared.ack is not None}
    ack_data[JOIN] = joined
    # In order of their names: the order of the catalogue depends on which module was imported first.
    commands = dict(sorted(Decoder(catalogue).envelopes.items()))
    return FrameModels(
        client={"connect": wire.Connect, "ping": wire.Ping, "pong": wire.Pong, **commands},
        server=server,
        events=events,
        acks={name: _make_ack(name, ack_data.get(name)) for name in catalogue.commands},
        ack_data=ack_data,
    )


MISSED = (
    "what was missed up to `seq`, when recovered; more of it may follow as frames. Else, after a restart of the "
    "server, what was committed around it: it is in the snapshot already and perhaps known"
)


def _make_joined(sequenced: Any, totals: type[Model], snapshot: type[Model], me: type[Model]) -> type[Model]:
    fields: dict[str, Any] = {
        "events": (tuple[sequenced, ...] | None, Field(None, description=MISSED)),
        "snapshot": (snapshot | None, Field(None, description="the room at `seq`; absent when recovered")),
        "totals": (totals, ...),
        "me": (me, ...),
    }
    doc = "What entering a room answers: what was missed, or a snapshot; and always fresh totals."
    return create_model("Joined", __base__=frames.JoinedBase, __doc__=doc, **fields)


def _make_server_frames(joined: Any, totals: type[Model], sequenced: Any, private: Any) -> dict[str, type[Model]]:
    rooms: Any = dict[wire.RoomId, joined | frames.RoomRefused]
    doc = frames.ConnectedBase.__doc__
    connected = create_model(
        "Connected",
        __base__=frames.ConnectedBase,
        __doc__=doc,
        rooms=(rooms, Field(description="the answer for each room that was asked for")),
    )
    return {
        "connected": connected,
        "ack": frames.Ack,
        "error": frames.ErrorReply,
        "events": _make_push(
            "Events",
            "Sequenced events of one room; `seq` belongs to the last one, `seq - length + 1` to the first.",
            room=(wire.RoomId, ...),
            seq=(frames.LastSeq, ...),
            events=(Annotated[tuple[sequenced, ...], Field(min_length=1, description="in order, oldest first")], ...),
        ),
        "latest": _make_push(
            "Latest",
            "Absolute totals and counts; newest wins, some in between are left out.",
            room=(wire.RoomId, ...),
            values=(totals, ...),
        ),
        "private": _make_push(
            "Private",
            "For this user or role alone.",
            room=(wire.RoomId | None, Field(None, description="absent: concerns the connection")),
            events=(Annotated[tuple[private, ...], Field(min_length=1, description="oldest first")], ...),
        ),
        "resync": frames.Resync,
        "left": frames.Left,
        "ping": frames.ServerPing,
        "pong": frames.ServerPong,
        "reconnect": frames.Reconnect,
        "disconnect": frames.Disconnect,
    }


def _make_push(name: str, doc: str, **content: Any) -> type[Model]:
    fields: dict[str, Any] = {"type": (Literal[name.lower()], ...), **content}
    return create_model(name, __base__=Model, __doc__=doc, **fields)


def _make_event(declared: EventKind) -> type[Model]:
    if declared.delivery is Delivery.LATEST:
        return declared.model
    name = f"{declared.model.__name__}Event"
    fields: dict[str, Any] = {
        "kind": (Literal[declared.kind], ...),
        "ts": (frames.EpochMs, ...),
        "data": (declared.model, ...),
    }
    return create_model(name, __base__=Model, __doc__=declared.model.__doc__, **fields)


def _any_of(catalogue: Catalogue, events: Mapping[str, type[Model]], delivery: Delivery) -> Any:
    """A type for any event of a delivery class, told apart by `kind`."""
    models = [model for kind, model in events.items() if catalogue.events[kind].delivery is delivery]
    return models[0] if len(models) == 1 else Annotated[_union(models), Field(discriminator="kind")]


def _union(models: Iterable[type[Model]]) -> Any:
    return reduce(operator.or_, models)


def _make_totals(catalogue: Catalogue) -> type[Model]:
    """An object with the latest values by kind; a kind that was never told is absent."""
    fields: dict[str, Any] = {
        kind.replace(".", "_"): (declared.model | None, Field(None, alias=kind, description=declared.model.__doc__))
        for kind, declared in sorted(catalogue.events.items())
        if declared.delivery is Delivery.LATEST
    }
    return create_model("Totals", __base__=Model, __doc__="The latest values by kind.", **fields)


def _make_ack(command: str, data: type[Model] | None) -> type[Model]:
    name = "".join(part.capitalize() for part in command.replace(".", "_").split("_"))
    fields: dict[str, Any] = {} if data is None else {"data": (data, ...)}
    return create_model(f"{name}Ack", __base__=frames.AckBase, __doc__=f"`{command}` took effect.", **fields)
