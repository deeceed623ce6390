"""What staff do with polls, lotteries and topics alike: open one, once for each key, and name one of their room.

Promise: a repeat of a command opens nothing and is answered with what the first one made.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer
from liveroom.rooms.machines import Keeper, Machine
from liveroom.rooms.machines.once import create_once
from liveroom.rooms.room import Room
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.places import Places


class Opened(Protocol):
    """The state of something that staff open."""

    @property
    def id(self) -> str:
        """Of its document (`make_id`)."""

    @property
    def asked(self) -> tuple[object, ...]:
        """What was asked for, whatever has become of it: the same for a repeat of the command."""


class Lengths(Protocol):
    """Options of something that lasts for a while."""

    @property
    def lasts_s(self) -> int:
        """Where staff do not say."""

    @property
    def longest_s(self) -> int:
        """At most."""


T = TypeVar("T", bound=Opened)


def length_ms(options: Lengths, wanted_s: int | None) -> int:
    """How long it lasts."""
    return min(wanted_s or options.lasts_s, options.longest_s) * 1_000


def places_of(room: Room, machine: Machine[Any], part: str, most: int, closing: str) -> Places:
    """The places of things that are open at the same time.

    Args:
        part: of the snapshot; called as people call these things.
        closing: the command that makes place.
    """
    text = f"{most} {part} are open in this room, more cannot be; send {closing} for one of them"
    refusal = Refusal(ErrorCode.WRONG_STATE, text, state="full", possible=closing)
    return Places(machine.kind, room.id, ("open",), most, refusal)


async def open_once(
    keeper: Keeper,
    machine: Machine[T],
    draft: T,
    command: object,
    cause: Cause,
    places: Places | None = None,
) -> tuple[T, bool]:
    """As `create_once`: two commands are the same that asked for the same.

    Args:
        command: makes the document from the draft.
        places: it takes one of these.
    """
    asked = draft.asked
    return await create_once(keeper, machine, draft.id, command, cause, lambda kept: kept.asked == asked, places)


def answer_once(ack: Model, is_repeat: bool) -> Answer | Model:
    """The answer to whoever opens something; a repeat is said to be one."""
    return Answer(encode_value(ack), duplicate=True) if is_repeat else ack


async def require_here(keeper: Keeper, machine: Machine[Any], document_id: str, room: Room) -> None:
    """Check that there is one of this id in the room.

    Raises:
        Refusal: `not_found`.
    """
    known = await keeper.load(machine, document_id)
    if known is None or machine.room(known) != room.id:
        text = f"there is no {machine.kind} of this id here"
        raise Refusal(ErrorCode.NOT_FOUND, text, field=machine.kind)
