"""What staff do with polls, lotteries and topics alike: open one, once for each key, and name one of their room.

Promise: a repeat of a command opens nothing and is answered with what the first one made.
"""

from __future__ import annotations

from collections.abc import Callable
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


def require_place(room: Room, part: str, most: int, closing: str) -> None:
    """Check that one more can be open, as far as this node has heard.

    Args:
        part: of the snapshot; called as people call these things.
        closing: the command that makes place.

    Raises:
        Refusal: `wrong_state`.
    """
    is_open = [view for view in room.snapshot.parts.get(part, {}).values() if view["status"] == "open"]
    if len(is_open) >= most:
        text = f"{most} {part} are open in this room, more cannot be; send {closing} for one of them"
        raise Refusal(ErrorCode.WRONG_STATE, text, state="full", possible=closing)


async def open_once(
    keeper: Keeper,
    machine: Machine[T],
    draft: T,
    command: object,
    cause: Cause,
    check: Callable[[], None] = lambda: None,
) -> tuple[T, bool]:
    """As `create_once`: two commands are the same that asked for the same.

    Args:
        command: makes the document from the draft.
        check: whether one more can be open.
    """
    asked = draft.asked
    return await create_once(keeper, machine, draft.id, command, cause, lambda kept: kept.asked == asked, check)


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
