"""What can be said on the wire: every command and every event kind, with its rules beside its model.

Other packages declare their kinds with the decorators `command` and `event`; the decoder, the rights
check, the rate limits, the delivery class and the published AsyncAPI all read this one registry, so
none of them can disagree with the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict

from liveroom.realtime.identity import Role


class Model(BaseModel):
    """Base of all wire models: strict types, unknown fields refused, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Delivery(StrEnum):
    """What a receiver may rely on (docs/protocol.md, Delivery classes)."""

    SEQUENCED = "sequenced"
    LATEST = "latest"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket for one command type of one user.

    Args:
        per_s: tokens a second.
        burst: most tokens it holds.
        charge: integer field of the data that says how many tokens the command takes (likes of a batch); None: one.
    """

    per_s: float
    burst: float
    charge: str | None = None


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of push. A vital one is flushed at once, whatever the room's tick."""

    kind: str
    delivery: Delivery
    vital: bool
    model: type[Model]


@dataclass(frozen=True, slots=True)
class CommandType:
    """One command: who may send it, how often, what it carries and what the ack answers.

    `room` says whether it is addressed to a room; `ack` is the model of the answer's data, None: no data.
    """

    name: str
    model: type[Model]
    roles: frozenset[Role]
    rate: Rate
    room: bool
    ack: type[Model] | None


EVERYONE: frozenset[Role] = frozenset(Role)
MEMBERS: frozenset[Role] = EVERYONE - {Role.GUEST}
STAFF: frozenset[Role] = frozenset({Role.HOST, Role.MODERATOR, Role.OPERATOR, Role.SERVICE})
HOSTS: frozenset[Role] = frozenset({Role.HOST, Role.OPERATOR, Role.SERVICE})

M = TypeVar("M", bound=type[Model])


@dataclass(slots=True)
class Catalogue:
    """The registry; one per process, filled while modules are imported."""

    commands: dict[str, CommandType] = field(default_factory=dict)
    events: dict[str, EventKind] = field(default_factory=dict)
    kinds_by_model: dict[type[Model], EventKind] = field(default_factory=dict)

    def command(
        self,
        type_: str,
        *,
        roles: Iterable[Role] = EVERYONE,
        rate: Rate | None = None,
        room: bool = True,
        ack: type[Model] | None = None,
    ) -> Callable[[M], M]:
        """Declare the decorated model as the `data` of command `type_`.

        Raises:
            ValueError: the type is declared twice, or its rate charges a field that the model has not.
        """

        def declare(model: M) -> M:
            if type_ in self.commands:
                raise ValueError(f"command {type_} is declared twice")
            limit = rate or Rate(per_s=5, burst=10)
            if limit.charge is not None and limit.charge not in cast(type[Model], model).model_fields:
                raise ValueError(f"command {type_} charges {limit.charge}, which its data has not")
            self.commands[type_] = CommandType(type_, model, frozenset(roles), limit, room, ack)
            return model

        return declare

    def event(self, kind: str, *, delivery: Delivery, vital: bool = False) -> Callable[[M], M]:
        """Declare the decorated model as the `data` of event `kind`.

        Raises:
            ValueError: the kind is declared twice.
        """

        def declare(model: M) -> M:
            if kind in self.events:
                raise ValueError(f"event {kind} is declared twice")
            declared = EventKind(kind, delivery, vital, model)
            self.events[kind] = declared
            self.kinds_by_model[model] = declared
            return model

        return declare


catalogue = Catalogue()
command = catalogue.command
event = catalogue.event
