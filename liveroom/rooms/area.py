"""What an interaction (battle, stage, poll …) brings to a node; one subclass each, put together in `server/value.py`.

Everything has a default, so an area says only what it has. Promise asked of an area: nothing here waits but what is
a coroutine, and those end within seconds with a result or a `RealtimeError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Identity
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.machines import Machine
from liveroom.rooms.room import Room
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.under_topic import Under
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.relay import Send


class Spoken(NamedTuple):
    """A comment that was accepted.

    Args:
        written: as its author wrote it.
        shown: as others read it.
        under: the open topic that it belongs to.
        reply_to: the comment of the history that it answers.
    """

    written: str
    shown: str
    under: Under | None = None
    reply_to: str | None = None


class Area:
    """See the module."""

    machines: Sequence[Machine[Any]] = ()
    """Kinds of documents it keeps; their commands and deadlines go through the node's one `Keeper`."""
    handlers: Mapping[str, DeskHandler] = {}
    """By command type, at the desk."""
    keyless: Collection[str] = ()
    """Those of them that may come without a key, since a repeat changes nothing."""
    senders: Mapping[str, Send] = {}
    """By outbox lane."""

    async def load_parts(self, room: str) -> Parts:
        """What the room shows of this area when a node opens it, as in its snapshot (`rules/parts.py`).

        Also called while the room is open, when events or messages of nodes were lost: what is kept in memory beside
        is read anew, and totals that are not in the snapshot are told.

        Raises:
            RealtimeError: it cannot be read now; the room is not opened, or it is tried again.
        """
        return NO_PARTS

    def opened(self, room: Room) -> None:
        """A room was opened on this node."""

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """Fields of the `me` part of a join that must be read first; None: there is nothing to read.

        Thousands join in a second: read only where something is open in the room (`room.snapshot.parts` tells).
        """
        return None

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """Fields of the `me` part that are known in memory, as JSON values; every private push that matters is here."""
        return {}

    def people(self, room: Room) -> Collection[str]:
        """User ids whose coming and going matters to this area now; asked often, so from memory (`whereabouts.py`)."""
        return ()

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """Somebody has said something, shown or sampled out. Called for every comment, so it returns at once."""

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        """One of `people` is connected nowhere any more; told again until it returns, perhaps by several nodes.

        Args:
            since_ms: when they were last known to be there.
        """

    async def came(self, room: str, user_id: str) -> None:
        """One of `people` has connected to the room; perhaps they were not away at all."""

    def follow(self, state: RoomState, events: Sequence[Model]) -> Sequence[Message]:
        """Messages to be kept with a change of the room itself (a show that ends), and sent after it.

        Args:
            state: after the change.
            events: of the change.
        """
        return ()

    async def start(self) -> None:
        """Begin; storage, ledger and keeper run by now, nobody is connected yet."""

    async def stop(self) -> None:
        """End; the ledger and the backplane still run."""
